import type { OpenSearch } from '../clients/opensearch.ts'
import type { Prometheus } from '../clients/prometheus.ts'
import { stacks } from '../config/stacks.ts'
import type { LineCount } from '../diagnosis/lineOracle.ts'
import type { Failures } from '../setup/install.ts'
import type { Step } from '../lib/steps.ts'
import { few, messageOf } from '../lib/messages.ts'
import { findingsAbout, type Difference } from './rootCauses.ts'
import type { ManifestChange } from './manifests.ts'
import type { Drop, EndpointOutages, HelmRun, Kept, ScrapeGap, Traffic, VersionChange } from './result.ts'

/**
 * The longest time without a sample between `from` and `to`.
 * @param times of the samples of all targets of a job, in seconds since 1970
 */
export const largestGap = (times: readonly number[], from: number, to: number): number => {
  const marks = [from, ...[...times].sort((a, b) => a - b), to]
  return Math.max(...marks.slice(1).map((time, index) => time - (marks[index] ?? from)))
}

/** The largest scrape gap of each job from a time, in seconds since 1970, until now. */
export const scrapeGaps = async (prometheus: Prometheus, from: number): Promise<readonly ScrapeGap[]> => {
  const to = Date.now() / 1000
  const series = await prometheus.sampleTimes('up', to - from)
  const byJob = Map.groupBy(series, ({ labels }) => labels['job'] ?? '')
  return [...byJob]
    .map(([job, own]) => ({
      job,
      seconds: largestGap(
        own.flatMap(({ times }) => times).filter((time) => time >= from),
        from,
        to,
      ),
    }))
    .sort((a, b) => b.seconds - a.seconds || (a.job < b.job ? -1 : 1))
}

/**
 * Counts the data from before the upgrade, and returns a function that counts how much of it is left.
 * @param logsUntil ISO 8601: all older logs have arrived
 * @param at a time at which Prometheus scraped, in seconds since 1970
 * @param logsFrom ISO 8601: older logs are not counted, because retention may delete them
 */
export const countOlderData = async (
  opensearch: OpenSearch,
  prometheus: Prometheus,
  logsUntil: string,
  at: number,
  logsFrom?: string,
): Promise<() => Promise<Pick<Traffic, 'documents' | 'series'>>> => {
  const range = { lt: logsUntil, ...(logsFrom !== undefined && { gte: logsFrom }) }
  const countDocuments = () => opensearch.countLogs({ range: { '@timestamp': range } })
  const countSeries = async () => (await prometheus.query('count({__name__=~".+"})', at))[0]?.value ?? 0
  const [documents, series] = await Promise.all([countDocuments(), countSeries()])
  return async () => ({
    documents: { before: documents, after: await countDocuments().catch(messageOf) },
    series: { before: series, after: await countSeries().catch(messageOf) },
  })
}

/**
 * Each `helm upgrade`, with the time until its workloads were ready.
 * @param began when the upgrade began, in seconds since the process started, like the times of steps
 */
export const helmRuns = (
  upgrades: readonly VersionChange[],
  failures: Failures,
  steps: readonly Step[],
  began: number,
): readonly HelmRun[] =>
  upgrades.map(({ chart, from, to }) => {
    const stack = stacks.find((one) => one.chart?.name === chart)?.name ?? chart
    const error = failures[stack as keyof Failures]
    const step = steps.findLast(({ name }) => name === stack)
    return {
      stack,
      from,
      to,
      begin: Math.max(0, (step?.from ?? began) - began),
      seconds: step?.seconds ?? 0,
      ...(error === undefined ? {} : { error }),
    }
  })

// The fields of a StatefulSet that the API server lets change. For all other fields its error only names `spec`.
const changeable =
  /^(metadata|spec\.(replicas|ordinals|template|updateStrategy|revisionHistoryLimit|persistentVolumeClaimRetentionPolicy|minReadySeconds))\b/

/** Adds to the error which fields of a StatefulSet were refused. */
const withFields = (error: string, manifests: readonly ManifestChange[]): string =>
  error.replace(/^StatefulSet (\S+) cannot be changed in place at spec$/m, (sentence, object: string) => {
    const name = object.split('/').at(-1)
    const change = manifests.find((one) => one.object.split(/[ /]/).at(-1) === name)
    const fields = change?.fields.filter((field) => !changeable.test(field)) ?? []
    return fields.length === 0 ? sentence : `${sentence}: the new chart has ${fields.join('; ')}`
  })

const helmDifference = (
  { stack, from, to, error }: HelmRun,
  manifests: readonly ManifestChange[],
): readonly Difference[] => {
  if (error === undefined) return []
  const [
    line = '',
    remedy = `fix the error above; values for the new chart go into values/${stack}.next.yaml, here or in your overlay`,
  ] = /\n *remedy: (.*)$/m.exec(error) ?? []
  const [, others] = /^not installed, since (.+) failed$/.exec(error) ?? []
  const dependsOn = others?.split(', ').map((other) => `helm:${other}`) ?? []
  const sentence = `${stack} could not be upgraded from ${from} to ${to}: ${withFields(error.replace(line, ''), manifests)}`
  return [findingsAbout(`helm/${stack}`, `helm:${stack}`)('new', 'high', sentence, remedy, { dependsOn })]
}

const outage = ({ endpoint, seconds, budget, outages }: EndpointOutages): readonly Difference[] => {
  if (seconds <= budget) return []
  const sentence = `${endpoint} gave no answer for ${seconds.toFixed(0)} s (${outages[0]?.seen ?? ''}), but only ${budget} s are allowed`
  const remedy = 'upgrade in a maintenance window, or run more than one replica'
  return [findingsAbout(`outage/${endpoint}`, `outage:${endpoint}`)('new', 'medium', sentence, remedy)]
}

const unexplainedLoss =
  'Vector logs nothing when the kubelet deletes a rotated file before Vector has read it, or when Vector is killed: ' +
  'raise containerLogMaxFiles of the kubelet, and have terminationGracePeriodSeconds of Vector outlast request.timeout_secs of its sink'

const lostLines = ({ node, written, lost }: LineCount, drops: readonly Drop[]): readonly Difference[] => {
  if (lost <= 0) return []
  const own = drops.filter((drop) => drop.node === node)
  const why =
    own.length === 0
      ? 'the pods of Vector on that node logged no dropped events'
      : few(
          own.map(({ message }) => message),
          2,
          '; ',
        )
  const sentence = `${lost} of ${written} log lines that node ${node} wrote during the upgrade are lost: ${why}`
  const remedy = own.find((drop) => drop.remedy !== undefined)?.remedy ?? unexplainedLoss
  return [findingsAbout(`lines/${node}`, `lines:${node}`)('new', 'high', sentence, remedy)]
}

const lostDocuments = ({ before, after }: Kept): readonly Difference[] => {
  if (typeof after === 'string' || after >= before) return []
  const sentence = `${before - after} of ${before} log documents from before the upgrade are gone`
  const remedy = 'take a snapshot before the upgrade; the OpenSearch log says what it could not read'
  return [findingsAbout('documents', 'documents:logs-*')('new', 'high', sentence, remedy)]
}

// Lines from just before the upgrade may be sent twice if their acknowledgement is lost.
const toleratedDuplicates = { documents: 100, share: 0.02 }

const repeatedDocuments = ({ before, after }: Kept): readonly Difference[] => {
  if (typeof after === 'string') return []
  const more = after - before
  if (more <= Math.max(toleratedDuplicates.documents, before * toleratedDuplicates.share)) return []
  const sentence = `log documents from before the upgrade went from ${before} to ${after}: Vector read files again, and searches count their lines twice`
  const remedy =
    'keep data_dir and its volume, where Vector stores its checkpoints; delete the duplicate documents'
  return [
    findingsAbout('documents/repeated', 'documents:repeated')('new', 'high', sentence, remedy, {
      changesMeaning: true,
      dependsOn: ['setting:Vector/data_dir', 'object:DaemonSet monitoring/vector'],
    }),
  ]
}

const lostSeries = ({ before, after }: Kept): readonly Difference[] => {
  if (typeof after === 'string' || after >= before) return []
  const sentence = `${after} of the ${before} series from before the upgrade are left in Prometheus: graphs start at the upgrade`
  const remedy =
    'to keep older data, give Prometheus a volume: prometheus.prometheusSpec.storageSpec in values/kube-prometheus-stack.yaml'
  return [findingsAbout('series', 'series:before')('change', 'medium', sentence, remedy)]
}

/**
 * What failed during the upgrade, even if everything works afterwards.
 * @param manifests what the new charts render differently
 */
export const trafficDifferences = (
  { helm, endpoints, lines, drops, documents, series }: Traffic,
  manifests: readonly ManifestChange[],
): readonly Difference[] => [
  ...helm.flatMap((run) => helmDifference(run, manifests)),
  ...endpoints.flatMap(outage),
  ...(typeof lines === 'string' ? [] : lines.flatMap((count) => lostLines(count, drops))),
  ...lostDocuments(documents),
  ...repeatedDocuments(documents),
  ...lostSeries(series),
]
