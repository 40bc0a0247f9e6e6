import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { stackOf } from '../config/stacks.ts'
import { parseUpgradeArguments, UsageError } from './arguments.ts'
import { releasesOf } from './releases.ts'
import { chartVersions, resolveVersions, versionsBetween } from './versions.ts'

/** What is wrong with a command line. */
const refusal = (...args: string[]): string => {
  try {
    parseUpgradeArguments(args)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  throw new Error('the arguments were accepted')
}

test('each chart starts from its pinned version or from the one given with --from', () => {
  const args = ['vector@99.1.0', '--from', 'opensearch@1.0.0', '--fresh', 'opensearch@99.0.0-rc.1']
  expect(parseUpgradeArguments(args)).toEqual({
    upgrades: [
      { chart: 'opensearch', from: '1.0.0', to: '99.0.0-rc.1' },
      { chart: 'vector', from: stackOf('vector').chart?.version, to: '99.1.0' },
    ],
    fresh: true,
    applyCrds: false,
    rollback: false,
    bisect: false,
  })
  expect(parseUpgradeArguments(['vector@99.1.0', '--rollback'])).toMatchObject({ rollback: true })
  expect(parseUpgradeArguments(['vector@99.1.0', '--apply-crds'])).toMatchObject({
    fresh: false,
    applyCrds: true,
  })
})

test('releases are keyed by stack, even if the chart has another name', () => {
  const rows = [{ ...stackOf('vector'), name: 'logs' }]
  const { from, to } = releasesOf([{ chart: 'vector', from: '1.0.0', to: '2.0.0' }], {}, rows)
  expect(from).toMatchObject({ logs: { version: '1.0.0' } })
  expect(to).toMatchObject({ logs: { version: '2.0.0' } })
})

test('the values of an overlay are laid over ours, and its next values over those of the new version', () => {
  const overlay = { values: { vector: '/o/vector.yaml' }, nextValues: { vector: '/o/vector.next.yaml' } }
  const change = [{ chart: 'vector', from: '1.0.0', to: '2.0.0' }]
  const valuesOf = ({ from, to }: ReturnType<typeof releasesOf>) => [from.vector?.values, to.vector?.values]
  const ours = 'values/vector.yaml'
  expect(valuesOf(releasesOf(change, overlay))).toEqual([
    [ours, '/o/vector.yaml'],
    [ours, '/o/vector.next.yaml'],
  ])
  expect(valuesOf(releasesOf(change, { values: overlay.values }))).toEqual([
    [ours, '/o/vector.yaml'],
    [ours, '/o/vector.yaml'],
  ])
})

test('without a chart: the usage', () => {
  expect(refusal()).toMatch(
    /^name at least one chart .*\nusage: npm run upgrade .*\n.*--bisect.*\n.*\n.*charts: kube-prometheus-stack/,
  )
})

test('reports everything that is wrong at once', () => {
  const version = stackOf('vector').chart?.version ?? ''
  const problems = [
    ['--fresh=yes', 'takes no value'],
    ['--wet', 'no such option'],
    ['grafana@1.0.0', 'no chart grafana'],
    ['opensearch', 'must be <chart>@<version>'],
    ['opensearch@3', 'must be <chart>@<version>'],
    ['opensearch-dashboards@9.0.0', 'given twice'],
    ['--from loki', 'must be <chart>@<version>'],
    ['--from kube-prometheus-stack@1.0.0', 'kube-prometheus-stack is not upgraded'],
    [`vector@${version}`, 'already starts from this version'],
    ['--from', 'must be followed by <chart>@<version>'],
  ] as const
  const words = problems.map(([word]) => word.replace('--from ', '--from='))
  const lines = refusal('opensearch-dashboards@9.0.0', ...words).split('\n')
  for (const [word, problem] of problems)
    expect(lines.filter((line) => line.startsWith(`${word}: `))).toEqual([expect.stringContaining(problem)])
})

test('an upgrade to the same version needs --from', () => {
  const { version = '' } = stackOf('vector').chart ?? {}
  const { upgrades } = parseUpgradeArguments([`vector@${version}`, '--from', `vector@${version}`])
  expect(upgrades).toEqual([{ chart: 'vector', from: version, to: version }])
})

test('--bisect: a range of versions of one chart', () => {
  const args = ['--bisect', 'vector@1.0.0..2.0.0-rc.1', '--apply-crds']
  expect(parseUpgradeArguments(args)).toEqual({
    upgrades: [{ chart: 'vector', from: '1.0.0', to: '2.0.0-rc.1' }],
    fresh: false,
    applyCrds: true,
    rollback: false,
    bisect: true,
  })
})

test.each([
  { args: ['vector@1.0.0..2.0.0'], problem: /^vector@1\.0\.0\.\.2\.0\.0: .* needs --bisect/ },
  { args: ['vector@1.0.0', '--bisect'], problem: /^vector@1\.0\.0: --bisect needs a range/ },
  { args: ['vector@2.0.0..1.9.0', '--bisect'], problem: /2\.0\.0 is not older than 1\.9\.0/ },
  { args: ['vector@2.0.0..2.0.0', '--bisect'], problem: /2\.0\.0 is not older than 2\.0\.0/ },
  { args: ['vector@1..2', '--bisect'], problem: /must be <chart>@<from>\.\.<to> with full versions/ },
  { args: ['loki@1.0.0..2.0.0', '--bisect'], problem: /there is no chart loki/ },
  {
    args: ['vector@1.0.0..2.0.0', 'opensearch@1.0.0..2.0.0', '--bisect'],
    problem: /^--bisect: .* one chart, but 2 ranges/,
  },
  { args: ['vector@1.0.0..2.0.0', '--bisect', '--fresh'], problem: /^--bisect: .* with --fresh/ },
  { args: ['vector@1.0.0..2.0.0', '--bisect', '--rollback'], problem: /^--bisect: .* with --rollback/ },
  {
    args: ['vector@1.0.0..2.0.0', '--bisect', '--from', 'vector@0.9.0'],
    problem: /^--bisect: .* leave out --from/,
  },
])('$args is refused, for one reason', ({ args, problem }) => {
  const [first, ...lines] = refusal(...args).split('\n')
  expect(first).toMatch(problem)
  expect(lines[0]).toMatch(/^usage: /)
})

const charts = async (...files: string[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'charts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await Promise.all(files.map((file) => writeFile(join(folder, file), '')))
  return { folder, config: loadConfig({ E2E_CHARTS: folder }) }
}
const tools = { kind: 'kind', helm: 'helm' }
const opensearch = { name: 'opensearch', repository: 'https://charts.example', version: '1.0.0' }

test('the versions in a chart folder, the newest first', async () => {
  const versions = ['3.9.0', '3.10.0', '4.0.0-rc.1', '4.0.0', 'dashboards-5.0.0']
  const { config } = await charts('README.md', ...versions.map((version) => `opensearch-${version}.tgz`))
  expect(await chartVersions(config, tools, opensearch)).toEqual(['4.0.0', '4.0.0-rc.1', '3.10.0', '3.9.0'])
})

test('a chart folder that does not exist', async () => {
  const config = loadConfig({ E2E_CHARTS: 'no/such/folder' })
  await expect(chartVersions(config, tools, opensearch)).rejects.toThrow(
    /opensearch .* no\/such\/folder: ENOENT.*\n {2}remedy: set E2E_CHARTS/,
  )
})

test('versions that do not exist', async () => {
  const newer = Array.from({ length: 12 }, (_, index) => `vector-98.${index}.0.tgz`)
  const { folder, config } = await charts('opensearch-3.6.0.tgz', 'opensearch-3.8.0.tgz', ...newer)
  const existing = { chart: 'opensearch', from: '3.6.0', to: '3.8.0' }
  const refused = await resolveVersions(config, tools, [
    existing,
    { chart: 'opensearch-dashboards', from: '3.5.0', to: '3.6.0' },
    { chart: 'vector', from: '1.0.0', to: '99.0.0' },
  ]).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(UsageError)
  const newest = /vector 1\.0\.0 is not in .* 98\.11\.0, 98\.10\.0, .* 98\.2\.0$/
  expect((refused as UsageError).message.split('\n')).toEqual([
    expect.stringContaining(`opensearch-dashboards 3.5.0 is not in ${folder}`),
    expect.stringContaining(`opensearch-dashboards 3.6.0 is not in ${folder}`),
    expect.stringMatching(newest),
    expect.stringContaining(`vector 99.0.0 is not in ${folder}`),
  ])
  await expect(resolveVersions(config, tools, [existing])).resolves.toEqual([existing])
})

test('`newest` is the newest version that is not a pre-release; a chart that is on it is left out', async () => {
  const { config } = await charts('opensearch-3.6.0.tgz', 'opensearch-3.8.0.tgz', 'opensearch-4.0.0-rc.1.tgz')
  const resolve = (from: string) =>
    resolveVersions(config, tools, [{ chart: 'opensearch', from, to: 'newest' }])
  expect(await resolve('3.6.0')).toEqual([{ chart: 'opensearch', from: '3.6.0', to: '3.8.0' }])
  expect(await resolve('3.8.0')).toEqual([])
})

test('the same version twice is an upgrade, unless it was found as the newest', async () => {
  const { config } = await charts('opensearch-3.6.0.tgz')
  const same = { chart: 'opensearch', from: '3.6.0', to: '3.6.0' }
  expect(await resolveVersions(config, tools, [same])).toEqual([same])
})

test('the versions between two, the oldest first, without pre-releases', async () => {
  const versions = ['3.5.0', '3.6.0', '3.7.0-rc.1', '3.9.0', '3.10.0', '3.10.1', '3.11.0']
  const { config } = await charts(...versions.map((version) => `opensearch-${version}.tgz`))
  const between = (from: string, to: string) =>
    versionsBetween(config, tools, { chart: 'opensearch', from, to })
  expect(await between('3.6.0', '3.10.1')).toEqual(['3.6.0', '3.9.0', '3.10.0', '3.10.1'])
  await expect(between('3.5.0', '3.6.0')).rejects.toThrow(
    'there is no version between opensearch 3.5.0 and 3.6.0, so there is nothing to bisect\n  remedy: npm run upgrade -- opensearch@3.6.0 --from opensearch@3.5.0',
  )
})
