import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { stackOf } from '../config/stacks.ts'
import { parseUpgradeArguments, UsageError } from './arguments.ts'
import { releasesOf } from './releases.ts'
import { chartVersions, resolveVersions } from './versions.ts'

const pinned = (text: string) =>
  text.replaceAll(/starts from \d+\.\d+\.\d+/g, 'starts from its pinned version')

/** What is said of a command line that cannot be understood. */
const refusal = (...args: string[]): string => {
  try {
    parseUpgradeArguments(args)
  } catch (error) {
    if (error instanceof UsageError) return pinned(error.message)
    throw error
  }
  throw new Error('it was understood')
}

test('the moves, each from the version that is pinned or the one that is given', () => {
  const args = ['vector@99.1.0', '--from', 'opensearch@1.0.0', '--fresh', 'opensearch@99.0.0-rc.1']
  expect(parseUpgradeArguments(args)).toEqual({
    from: { opensearch: '1.0.0', vector: stackOf('vector').chart?.version },
    to: { opensearch: '99.0.0-rc.1', vector: '99.1.0' },
    fresh: true,
    applyCrds: false,
  })
  expect(parseUpgradeArguments(['vector@99.1.0', '--apply-crds'])).toMatchObject({
    fresh: false,
    applyCrds: true,
  })
})

test('the releases are by stack, also where the chart has another name', () => {
  const rows = [{ ...stackOf('vector'), name: 'logs' }]
  const { moves, from, to } = releasesOf({ from: { vector: '1.0.0' }, to: { vector: '2.0.0' } }, rows)
  expect(moves).toEqual([{ chart: 'vector', from: '1.0.0', to: '2.0.0' }])
  expect(from).toMatchObject({ logs: { version: '1.0.0' } })
  expect(to).toMatchObject({ logs: { version: '2.0.0' } })
})

test('nothing to do', () => {
  expect(refusal()).toMatchInlineSnapshot(`
    "name at least one chart to upgrade
    usage: npm run upgrade -- <chart>@<version>... [--from <chart>@<version>]... [--fresh] [--apply-crds]
      example: npm run upgrade -- kube-prometheus-stack@89.0.0
      charts: kube-prometheus-stack (starts from its pinned version), opensearch (starts from its pinned version), opensearch-dashboards (starts from its pinned version), vector (starts from its pinned version)"
  `)
})

test('all that is wrong, at once', () => {
  const version = stackOf('vector').chart?.version ?? ''
  const text = refusal(
    'grafana@1.0.0',
    'opensearch',
    'opensearch@3',
    'opensearch-dashboards@9.0.0',
    'opensearch-dashboards@9.0.0',
    `vector@${version}`,
    '--fresh=yes',
    '--wet',
    '--from=kube-prometheus-stack@1.0.0',
    '--from=loki',
    '--from',
  )
  expect(text.replaceAll(version, '<pinned>')).toMatchInlineSnapshot(`
    "--fresh=yes: --fresh takes no value
    --wet: no such option; there are --from, --fresh, --apply-crds
    --from: must be followed by <chart>@<version>
    grafana@1.0.0: there is no chart grafana
    opensearch: must be <chart>@<version>, the version in full, such as 1.2.3, or newest
    opensearch@3: must be <chart>@<version>, the version in full, such as 1.2.3, or newest
    opensearch-dashboards@9.0.0: opensearch-dashboards is given twice
    --from loki: must be <chart>@<version>, the version in full, such as 1.2.3, or newest
    --from kube-prometheus-stack@1.0.0: kube-prometheus-stack is not upgraded; add kube-prometheus-stack@<version>
    vector@<pinned>: already starts from this version; choose another start with --from vector@<version>
    usage: npm run upgrade -- <chart>@<version>... [--from <chart>@<version>]... [--fresh] [--apply-crds]
      example: npm run upgrade -- kube-prometheus-stack@89.0.0
      charts: kube-prometheus-stack (starts from its pinned version), opensearch (starts from its pinned version), opensearch-dashboards (starts from its pinned version), vector (starts from its pinned version)"
  `)
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

test('a chart folder that is not there', async () => {
  const config = loadConfig({ E2E_CHARTS: 'no/such/folder' })
  await expect(chartVersions(config, tools, opensearch)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [Error: which versions of opensearch there are could not be read from no/such/folder: ENOENT: no such file or directory, scandir 'no/such/folder'
      remedy: set E2E_CHARTS to a folder of <chart>-<version>.tgz]
  `)
})

test('versions that do not exist', async () => {
  const newer = Array.from({ length: 12 }, (_, index) => `vector-98.${index}.0.tgz`)
  const { folder, config } = await charts('opensearch-3.6.0.tgz', 'opensearch-3.8.0.tgz', ...newer)
  const moves = {
    from: { opensearch: '3.6.0', 'opensearch-dashboards': '3.5.0', vector: '1.0.0' },
    to: { opensearch: '3.8.0', 'opensearch-dashboards': '3.6.0', vector: '99.0.0' },
    fresh: false,
    applyCrds: false,
  }
  const refused = await resolveVersions(config, tools, moves).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(UsageError)
  expect((refused as UsageError).message.replaceAll(folder, '<folder>')).toMatchInlineSnapshot(`
    "opensearch-dashboards 3.5.0 is not in <folder>; there is none of it
    opensearch-dashboards 3.6.0 is not in <folder>; there is none of it
    vector 1.0.0 is not in <folder>; there are 98.11.0, 98.10.0, 98.9.0, 98.8.0, 98.7.0, 98.6.0, 98.5.0, 98.4.0, 98.3.0, 98.2.0
    vector 99.0.0 is not in <folder>; there are 98.11.0, 98.10.0, 98.9.0, 98.8.0, 98.7.0, 98.6.0, 98.5.0, 98.4.0, 98.3.0, 98.2.0"
  `)
  const { opensearch: from } = moves.from
  const one = { ...moves, from: { opensearch: from }, to: { opensearch: moves.to.opensearch } }
  await expect(resolveVersions(config, tools, one)).resolves.toEqual(one)
})
