import type { V1Pod } from '@kubernetes/client-node'
import {
  containerText,
  deliveryBoundMs,
  findMissingLogs,
  readCollection,
} from '../diagnosis/containerLogs.ts'
import {
  isWholeLine,
  jsonLines,
  longLineShortfalls,
  plantedShortfalls,
  shortLivedLines,
  type PlantedLine,
} from '../diagnosis/hardLogs.ts'
import { logIndices } from '../clients/logTemplate.ts'
import { delayShortfalls, describeDelays, linesSince } from '../diagnosis/logDelays.ts'
import { indexObstacles, refreshMs } from '../diagnosis/logIndexSettings.ts'
import { marked } from '../diagnosis/logs.ts'
import { missingLogShortfalls } from '../diagnosis/missingLogs.ts'
import { podsOf } from '../diagnosis/componentPods.ts'
import { describeCause } from '../diagnosis/remedies.ts'
import { vectorErrors } from '../diagnosis/vectorErrors.ts'
import { readVectorConfig } from '../diagnosis/vectorConfig.ts'
import { area, expectNone, type Clients } from './support/claim.ts'
import { few } from '../lib/messages.ts'

const testClaim = area('log delivery', ['vector', 'opensearch'])

type LogClients = Pick<Clients, 'kubernetes' | 'opensearch' | 'components' | 'servers'>

const collectionOf = ({ kubernetes, opensearch, components, servers }: LogClients) =>
  readCollection(kubernetes, components.vector, opensearch, servers.opensearch)

testClaim(
  'logs-containers',
  'every container that has written a line has documents, in every namespace',
  { items: [7], within: 'logs' },
  async (clients) => {
    const { kubernetes, opensearch, components } = clients
    const missing = await findMissingLogs(kubernetes, opensearch, components.vector)
    if (missing.length === 0) return
    expectNone(missingLogShortfalls(missing, await collectionOf(clients), Date.now()))
  },
)

testClaim(
  'logs-long-line',
  'a line of 40,000 characters is one document',
  { within: 'logs' },
  async (clients, run) => {
    const hits = await clients.opensearch.searchLogs(marked(`e2e-long=${run.id}`))
    const messages = hits.map(({ document }) => document.message)
    if (!isWholeLine(messages)) expectNone(longLineShortfalls(messages, await collectionOf(clients)))
  },
)

/**
 * Lines that are not in the log file of their container. On a busy machine, containerd sometimes loses the output of a
 * container that exits immediately, before anything can collect it.
 */
const neverLogged = async (
  { kubernetes }: LogClients,
  lines: readonly PlantedLine[],
  pods: readonly V1Pod[],
): Promise<readonly PlantedLine[]> => {
  const logged = await Promise.all(
    lines.map(async ({ pod, container }) => {
      const found = pods.find(({ metadata }) => metadata?.namespace === 'default' && metadata.name === pod)
      return found ? await containerText(kubernetes, found, container) : undefined
    }),
  )
  return lines.filter(({ text }, index) => logged[index]?.includes(text) === false)
}

/** Expects that all of these lines are found by their marker; notes those that never reached a log file. */
const expectPlanted = async (
  clients: LogClients,
  lines: readonly PlantedLine[],
  marker: string,
  note: (figures: string) => void,
): Promise<void> => {
  const { kubernetes, opensearch } = clients
  const hits = await opensearch.searchLogs(marked(marker))
  const messages = hits.map(({ document }) => document.message)
  const missing = lines.filter(({ text }) => !messages.some((message) => message.includes(text)))
  if (missing.length === 0) return
  const [{ items }, collection] = await Promise.all([
    kubernetes.core.listPodForAllNamespaces(),
    collectionOf(clients),
  ])
  const lost = await neverLogged(clients, missing, items)
  const due = missing.filter((line) => !lost.includes(line))
  // If no line reached a log file, the claim would prove nothing, so all of them count as missing.
  expectNone(
    plantedShortfalls(lost.length < lines.length ? due : missing, messages, items, collection, Date.now()),
  )
  note(
    `not logged by the container runtime: ${lost.map(({ pod, text }) => `"${text}" of ${pod}`).join(', ')}`,
  )
}

testClaim(
  'logs-json-lines',
  'lines that look like JSON, with a field of different types, are all found',
  { within: 'logs' },
  (clients, run, note) => expectPlanted(clients, jsonLines, `e2e-json=${run.id}`, note),
)

testClaim(
  'logs-short-lived',
  'the lines of a pod that lives two seconds and of a container that crashes at once are found',
  { within: 'logs' },
  (clients, run, note) => expectPlanted(clients, shortLivedLines, `e2e-short=${run.id}`, note),
)

testClaim(
  'logs-delay',
  `every line of this run was searchable within ${deliveryBoundMs / 1000} s of its event`,
  { within: 'logs' },
  async ({ kubernetes, opensearch, components, servers }, { began }, note) => {
    const [pods, settings, config] = await Promise.all([
      podsOf(kubernetes, components.vector),
      opensearch.logSettings(),
      readVectorConfig(kubernetes, components.vector),
    ])
    const intervals = Object.values(settings).map(
      (one) => refreshMs(one['index.refresh_interval']) ?? Infinity,
    )
    const refresh = Math.max(1000, ...intervals)
    const boundMs = Math.max(deliveryBoundMs - refresh, 0)
    const delays = await opensearch.logDelays(linesSince(pods, began.at), boundMs)
    expectNone(delayShortfalls(delays, deliveryBoundMs, refresh, config))
    if (delays.documents === 0) {
      const errors = await vectorErrors(kubernetes, components, servers.opensearch)
      const obstacles = indexObstacles(settings, deliveryBoundMs, servers.opensearch, Date.now()).map(
        describeCause,
      )
      throw new Error(
        ['no line that was written in this run has arrived', ...obstacles, ...errors].join('\n'),
      )
    }
    note(describeDelays(delays, refresh))
  },
)

const mostFields = 10

const refresh =
  '  remedy: Dashboards Management, Index patterns, logs-*, Refresh field list; `E2E_KEEP=1 npm test` saves it again'

testClaim(
  'dashboards-fields',
  'index pattern logs-* has every field that the logs have now',
  { needs: ['index-pattern'] },
  async ({ dashboards }) => {
    const [patterns, fields] = await Promise.all([dashboards.indexPatterns(), dashboards.fields(logIndices)])
    const pattern = patterns.find(({ title }) => title === logIndices)
    if (!pattern) throw new Error(`no index pattern ${logIndices}\n${refresh}`)
    const known = new Set(pattern.fields.map(({ name }) => name))
    const missing = fields.map(({ name }) => name).filter((name) => !known.has(name))
    if (missing.length === 0) return
    throw new Error(
      `index pattern ${logIndices} lacks ${few(missing, mostFields)}: ` +
        'they came after it was saved, and Discover cannot filter by them\n' +
        refresh,
    )
  },
)
