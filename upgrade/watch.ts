import { connectOpenSearch, type OpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus } from '../clients/prometheus.ts'
import { serverIn, type Servers } from '../config/endpoints.ts'
import type { ServerName } from '../config/stacks.ts'
import { countOf, messageOf } from '../lib/messages.ts'
import type { NotChecked } from '../report/notChecked.ts'
import { plantNamespace } from '../setup/context/plant.ts'
import type { ContextRun } from '../setup/context/run.ts'
import { startWriters } from '../setup/logWriters.ts'
import { watchDrops } from './drops.ts'
import { startProbes } from './probes.ts'
import type { Kept, Traffic } from './result.ts'
import type { Difference } from './rootCauses.ts'
import { lineCounter, linesFound, linesPerSecond, linesSettled, type LineSource } from './lines.ts'
import { countOlderData, scrapeGaps, trafficDifferences } from './traffic.ts'

/** What happened on a cluster while somebody else upgraded it. */
export type Watched = Readonly<{ from: string; to: string }> & Omit<Traffic, 'helm'>

// Documents of this long before the watch are counted, and counted again at its end; younger ones may still arrive, and
// older ones may be deleted on purpose.
const countedMs = { from: 3_600_000, to: 60_000 }

type Run = Pick<ContextRun, 'kubernetes' | 'components' | 'servers' | 'context'> &
  Readonly<{ id: string; within: number }>

/** Has a writer on each node write numbered lines. @returns a function that counts what arrived of them */
const startLines = async (
  { kubernetes, id, within }: Run,
  opensearch: OpenSearch,
): Promise<() => Promise<Traffic['lines']>> => {
  const { items: nodes } = await kubernetes.core.listNode()
  await startWriters(kubernetes, id, linesPerSecond, nodes.length, within, plantNamespace)
  const source: LineSource = {
    ...{ kubernetes, opensearch, runId: id },
    ...{ namespace: plantNamespace, timeField: '@timestamp' },
  }
  const baseline = await linesSettled(source, linesPerSecond, within)
  return async () => (await linesFound(await lineCounter(source, baseline), within)).lines
}

/**
 * Requests every server once a second and counts data.
 * @returns a function that ends this and returns what it saw
 * @throws Error if there is no Prometheus
 */
export const startWatch = async (run: Run): Promise<() => Promise<Watched>> => {
  const { servers, context } = run
  const prometheus = connectPrometheus(serverIn(servers, 'prometheus'))
  const opensearch =
    servers.opensearch && context.missing.opensearch === undefined
      ? connectOpenSearch(servers.opensearch)
      : undefined
  const began = Date.now()
  const isoOf = (before: number) => new Date(began - before).toISOString()
  const older = opensearch
    ? countOlderData(opensearch, prometheus, isoOf(countedMs.to), began / 1000, isoOf(countedMs.from))
    : Promise.reject(new Error(context.missing.opensearch ?? 'OpenSearch cannot be reached'))
  const olderData = await older.catch((error: unknown) => async () => {
    const uncounted: Kept = { before: 0, after: messageOf(error) }
    return { documents: uncounted, series: uncounted }
  })
  // The health of Grafana needs no login, so the request can go through its Service, as those of its users do.
  const { url } = servers.grafana ?? {}
  // A server that refuses the login is not down.
  const asked = Object.entries(servers).filter(([name]) => context.missing[name as ServerName] === undefined)
  const endProbes = startProbes({
    ...(Object.fromEntries(asked) as Servers),
    ...(url !== undefined && { grafana: { url } }),
  })
  const unwritten = context.planted
    ? (context.missing.opensearch ?? 'OpenSearch cannot be reached')
    : 'E2E_PLANT=1 was not set, so nothing wrote numbered lines'
  const startCounting =
    context.planted && opensearch ? startLines(run, opensearch) : Promise.resolve(async () => unwritten)
  const countLines = await startCounting.catch((error: unknown) => async () => messageOf(error))
  const endDrops = context.planted ? watchDrops(run.kubernetes, run.components, servers) : async () => []
  return async () => {
    const ended = Date.now()
    const endpoints = endProbes()
    const [gaps, lines] = await Promise.all([
      scrapeGaps(prometheus, began / 1000).catch(messageOf),
      countLines().catch(messageOf),
    ])
    return {
      from: isoOf(0),
      to: new Date(ended).toISOString(),
      seconds: (ended - began) / 1000,
      ...{ endpoints, gaps, lines, drops: await endDrops() },
      ...(await olderData()),
    }
  }
}

/** The differences that a watch shows, and what it could not see. */
export const watchedDifferences = (
  watched: Watched,
): Readonly<{ differences: readonly Difference[]; notChecked: readonly NotChecked[] }> => {
  const uncounted = {
    'log lines that were written meanwhile': watched.lines,
    'log documents from before': watched.documents.after,
    'Prometheus series from before': watched.series.after,
  }
  return {
    differences: trafficDifferences({ ...watched, helm: [] }, []),
    notChecked: Object.entries(uncounted).flatMap(([what, count]) =>
      typeof count === 'string' ? [{ what, why: count }] : [],
    ),
  }
}

/** What a watch saw, for the console. */
export const describeWatched = ({ seconds, endpoints, lines }: Watched): string =>
  [
    `watched for ${seconds.toFixed(0)} s`,
    ...endpoints.map(
      ({ endpoint, probes, outages, seconds: down }) =>
        `  ${endpoint}: ${countOf(probes, 'request')}, ` +
        (outages.length === 0
          ? 'no outage'
          : `${countOf(outages.length, 'outage')}, ${down.toFixed(0)} s in all (${outages[0]?.seen})`),
    ),
    ...(typeof lines === 'string'
      ? [`  log lines: not counted: ${lines}`]
      : lines.map(
          ({ node, written, lost, doubled }) =>
            `  node ${node}: ${countOf(written, 'line')} written, ${lost} lost, ${doubled} found twice`,
        )),
  ].join('\n')
