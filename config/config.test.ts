import { expect, test } from 'vitest'
import { describeConfig, loadConfig } from './config.ts'

const load = (environment: Readonly<Record<string, string>>) => () => loadConfig(environment)

test('all problems at once, each with name, value and rule', () => {
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
  expect(load(environment)).toThrowErrorMatchingInlineSnapshot(`
    [ConfigError: bad settings, nothing was created:
      E2E_CHART=charts: no such setting; there are E2E_CLUSTER, E2E_KEEP, E2E_NODE_IMAGE, E2E_REGISTRY_MIRROR, E2E_CHARTS, E2E_STACKS, E2E_LIMITS_FACTOR
      E2E_CLUSTER=My_Cluster: must be 2 to 40 lower-case letters, digits and dashes, a letter first, no dash last
      E2E_KEEP=yes: must be 1, or not set
      E2E_NODE_IMAGE=kindest/node v1.35: must be an image reference without spaces
      E2E_REGISTRY_MIRROR=10.0.0.1:5000: must be an http or https URL
      E2E_CHARTS= : must be a path to a folder
      E2E_STACKS=grafana, vector: must be some of kube-prometheus-stack, opensearch, opensearch-dashboards, vector, custom-metrics-app, each with the stacks it needs (no such stack: grafana)
      E2E_LIMITS_FACTOR=0: must be a number from 0.1 to 100]
  `)
})

test('stacks without one that they need', () => {
  expect(load({ E2E_STACKS: 'kube-prometheus-stack,vector' })).toThrowErrorMatchingInlineSnapshot(`
    [ConfigError: bad settings, nothing was created:
      E2E_STACKS=kube-prometheus-stack,vector: must be some of kube-prometheus-stack, opensearch, opensearch-dashboards, vector, custom-metrics-app, each with the stacks it needs (vector needs opensearch)]
  `)
})

test('defaults, also for values left blank', () => {
  expect(describeConfig(loadConfig({ E2E_CLUSTER: '', E2E_LIMITS_FACTOR: '' }))).toMatchInlineSnapshot(`
    "  cluster:         observability-e2e
      node image:      as pinned in kind-config.yaml
      registry mirror: none
      charts:          from their repositories
      stacks:          kube-prometheus-stack 88.5.3, opensearch 3.6.0, opensearch-dashboards 3.6.0, vector 0.57.0, custom-metrics-app
      limits:          command 30 s, cluster 600 s, install 300 s, ready 600 s, query 120 s, logs 90 s"
  `)
})

test('every setting given; stacks in the order of their table', () => {
  const config = loadConfig({
    E2E_CLUSTER: 'mine',
    E2E_KEEP: '1',
    E2E_NODE_IMAGE: 'kindest/node:v1.34.0',
    E2E_REGISTRY_MIRROR: 'http://10.0.0.1:5000/',
    E2E_CHARTS: 'charts',
    E2E_STACKS: 'vector, opensearch',
    E2E_LIMITS_FACTOR: '1.5',
  })
  expect(describeConfig(config)).toMatchInlineSnapshot(`
    "  cluster:         mine (kept)
      node image:      kindest/node:v1.34.0
      registry mirror: http://10.0.0.1:5000
      charts:          charts
      stacks:          opensearch 3.6.0, vector 0.57.0
      limits:          command 45 s, cluster 900 s, install 450 s, ready 900 s, query 180 s, logs 135 s"
  `)
})
