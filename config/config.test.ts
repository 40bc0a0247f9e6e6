import { expect, test } from 'vitest'
import { describeConfig, loadConfig } from './config.ts'
import { stackNames } from './stacks.ts'

test('all problems are reported at once, each with name, value and rule', () => {
  const environment = {
    PATH: '/bin',
    E2E_CHART: 'charts',
    E2E_CLUSTER: 'My_Cluster',
    E2E_KEEP: 'yes',
    E2E_NODE_IMAGE: 'kindest/node v1.35',
    E2E_REGISTRY_MIRROR: '10.0.0.1:5000',
    E2E_CHARTS: ' ',
    E2E_STACKS: 'grafana, vector',
    E2E_LIMITS_FACTOR: '0',
  }
  expect(() => loadConfig(environment)).toThrowErrorMatchingInlineSnapshot(`
    [ConfigError: invalid settings, nothing was created:
      E2E_CHART=charts: no such setting; the settings are E2E_CLUSTER, E2E_KEEP, E2E_FRESH_NODES, E2E_NODE_IMAGE, E2E_REGISTRY_MIRROR, E2E_CHARTS, E2E_BUNDLE, E2E_STACKS, E2E_OVERLAY, E2E_CONTEXT, E2E_PLANT, E2E_GRAFANA_LOGIN, E2E_OPENSEARCH_LOGIN, E2E_LIMITS_FACTOR
      E2E_CLUSTER=My_Cluster: must be 2 to 40 lower-case letters, digits and dashes, a letter first, no dash last
      E2E_KEEP=yes: must be 1, or not set
      E2E_NODE_IMAGE=kindest/node v1.35: must be an image reference without spaces
      E2E_REGISTRY_MIRROR=10.0.0.1:5000: must be an http or https URL
      E2E_CHARTS= : must be a path to a folder
      E2E_STACKS=grafana, vector: must be some of kube-prometheus-stack, opensearch, opensearch-dashboards, vector, custom-metrics-app, each with the stacks it needs (no such stack: grafana)
      E2E_LIMITS_FACTOR=0: must be a number from 0.1 to 100]
  `)
})

test('a stack without another one that it needs', () => {
  const load = () => loadConfig({ E2E_STACKS: 'kube-prometheus-stack,vector' })
  expect(load).toThrow(/E2E_STACKS=kube-prometheus-stack,vector: .*vector needs opensearch/)
})

test('a bundle replaces the mirror and the chart folder, so it excludes them', () => {
  expect(loadConfig({ E2E_BUNDLE: '/bundle' })).toMatchObject({
    bundle: '/bundle',
    chartFolder: '/bundle/charts',
  })
  const load = () =>
    loadConfig({ E2E_BUNDLE: '/bundle', E2E_CHARTS: 'charts', E2E_REGISTRY_MIRROR: 'http://10.0.0.1:5000' })
  expect(load).toThrow(/E2E_BUNDLE and E2E_REGISTRY_MIRROR: .*\n.*E2E_BUNDLE and E2E_CHARTS: /)
})

test('E2E_CONTEXT has settings of its own, and excludes those of a cluster that the run creates', () => {
  const config = loadConfig({ E2E_CONTEXT: 'staging', E2E_PLANT: '1', E2E_GRAFANA_LOGIN: 'admin:a:b' })
  expect(config).toMatchObject({
    context: 'staging',
    plant: true,
    grafanaLogin: { user: 'admin', password: 'a:b' },
  })
  expect(describeConfig(config)).toMatch(/context: +staging\n +writes: +only namespace observability-e2e/)
  expect(describeConfig(config)).not.toContain('a:b')
  expect(() => loadConfig({ E2E_CONTEXT: 'staging', E2E_KEEP: '1', E2E_BUNDLE: '/b' })).toThrow(
    /E2E_CONTEXT and E2E_KEEP: only one .*\n.*E2E_CONTEXT and E2E_BUNDLE: only one/,
  )
  expect(() => loadConfig({ E2E_PLANT: '1', E2E_OPENSEARCH_LOGIN: 'secret' })).toThrow(
    /E2E_OPENSEARCH_LOGIN=\*\*\*: must be <user>:<password>\n.*E2E_PLANT: needs E2E_CONTEXT/,
  )
})

test('defaults, also for empty values', () => {
  expect(loadConfig({ E2E_CLUSTER: '', E2E_LIMITS_FACTOR: '' })).toEqual({
    cluster: 'observability-e2e',
    keep: false,
    freshNodes: false,
    nodeImage: undefined,
    registryMirror: undefined,
    chartFolder: undefined,
    bundle: undefined,
    stacks: stackNames,
    context: undefined,
    plant: false,
    grafanaLogin: undefined,
    opensearchLogin: undefined,
    releases: {},
    limits: expect.objectContaining({ command: 30_000, query: 120_000 }) as unknown,
  })
})

test('every setting is read, and stacks are put in the order of the table', () => {
  const config = loadConfig({
    E2E_CLUSTER: 'mine',
    E2E_KEEP: '1',
    E2E_NODE_IMAGE: 'kindest/node:v1.34.0',
    E2E_REGISTRY_MIRROR: 'http://10.0.0.1:5000/',
    E2E_CHARTS: 'charts',
    E2E_STACKS: 'vector, opensearch',
    E2E_LIMITS_FACTOR: '1.5',
  })
  expect(config).toMatchObject({
    cluster: 'mine',
    keep: true,
    nodeImage: 'kindest/node:v1.34.0',
    registryMirror: 'http://10.0.0.1:5000',
    chartFolder: 'charts',
    stacks: ['opensearch', 'vector'],
    limits: { command: 45_000, query: 180_000 },
  })
  const shown = describeConfig(config)
  expect(shown).toContain('mine (kept)')
  expect(shown).toMatch(/opensearch \d\S+, vector \d/)
  expect(shown).toContain('command 45 s')
})

test('values of the overlay for a stack that is left out are named', () => {
  const config = loadConfig({ E2E_STACKS: 'kube-prometheus-stack' })
  const overlay = { folder: '/shop', values: { vector: '/v.yaml' }, nextValues: {}, manifests: [] }
  expect(describeConfig({ ...config, overlay })).toMatch(
    /overlay: .*\(not its values for vector, which E2E_STACKS leaves out\)/,
  )
})
