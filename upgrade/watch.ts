import { connectOpenSearch } from '../clients/opensearch.ts'
import { connectPrometheus } from '../clients/prometheus.ts'
import { serverIn } from '../config/endpoints.ts'
import { countOf, messageOf } from '../lib/messages.ts'
import type { NotChecked } from '../report/notChecked.ts'
import type { ContextRun } from '../setup/context/run.ts'
import { startProbes } from './probes.ts'
import type { Kept, Traffic } from './result.ts'
import type { Difference } from './rootCauses.ts'
import { allFound, countOlderData, lineCounter, scrapeGaps, trafficDifferences } from './traffic.ts'

/** What happened on a cluster while somebody else upgraded it. */
export type Watched = Readonly<{ from: string; to: string }> & Omit<Traffic, 'helm'>

// Documents of this long before the watch are counted, and counted again at its end; younger ones may still arrive, and
// older ones may be deleted on purpose.
const countedMs = { from: 3_600_000, to: 60_000 }

type Run = Pick<ContextRun, 'kubernetes' | 'servers' | 'context'> & Readonly<{ id: string; within: number }>

/**
 * Requests every server once a second and counts data.
 * @returns a function that ends this and returns what it saw
 * @throws Error if there is no Prometheus
 */
export const startWatch = async (run: Run): Promise<() => Promise<Watched>> => {
  const { kubernetes, servers, context } = run
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
  // Grafana tells its health without a login, and so through its Service, as its users reach it.
  const { url } = servers.grafana ?? {}
  const endProbes = startProbes({ ...servers, ...(url !== undefined && { grafana: { url } }) })
  const countLines = async (): Promise<Traffic['lines']> => {
    if (!context.planted || !opensearch) return 'E2E_PLANT=1 was not set, so no emitter wrote numbered lines'
    const count = await lineCounter(kubernetes, opensearch, run.id)
    await allFound(count, run.within).catch(() => {})
    return count()
  }
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
      ...{ endpoints, gaps, lines },
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
