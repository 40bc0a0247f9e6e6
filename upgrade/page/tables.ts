import { stacks } from '../../config/stacks.ts'
import type { Finding, Verdict } from '../findings.ts'
import type { CrdChange } from '../manifests.ts'
import type { Traffic, UpgradeResult } from '../result.ts'
import { byGap, byOutage, findingsOf } from './answer.ts'

/** A number stands to the right. Lines of a text are lines of the cell. */
type Cell = string | number
/** What the Markdown and the HTML report both have as a table; the first cell of a row is its name. */
export type Table = Readonly<{
  title: string
  head: readonly string[]
  rows: readonly (readonly Cell[])[]
  /** What to do about it. */
  todo?: Readonly<{ text: string; commands: readonly string[] }>
}>

/** `and 3 more`, where there are more. */
export const more = (shown: number, all: number): readonly string[] =>
  all > shown ? [`and ${all - shown} more`] : []

export const verdictTitles: Readonly<Record<Verdict, string>> = {
  new: 'New regressions',
  expected: 'Expected',
  fixed: 'Fixed',
  'pre-existing': 'Pre-existing',
  change: 'Images and other changes',
}

const explained = ({ sentence, consequences }: Finding) =>
  [sentence, ...consequences.map((consequence) => `– ${consequence}`)].join('\n')

export const findingTable = (result: UpgradeResult, verdict: Verdict): Table => ({
  title: verdictTitles[verdict],
  head: [
    'Id',
    'Severity',
    'What a user will notice',
    verdict === 'expected' ? 'Why it is accepted' : 'What to do',
  ],
  rows: findingsOf(result, verdict).map((finding) => [
    finding.id,
    finding.severity,
    explained(finding),
    finding.reason ?? finding.remedy,
  ]),
})

export const idleTable = ({ idleEntries }: UpgradeResult): Table => ({
  title: 'Idle entries of upgrade/expected.yaml',
  head: ['Id', 'Why'],
  rows: idleEntries.map(({ id, why }) => [id, why]),
})

const tenths = (seconds: number) => Math.round(seconds * 10) / 10

/** What happened while the versions changed. */
export const trafficTables = (traffic: Traffic) => ({
  outages: {
    title: 'Outages, asked once a second',
    head: ['Endpoint', 'Outage, s', 'Allowed, s', 'Probes', 'Seconds since the upgrade began: what was seen'],
    rows: byOutage(traffic).map(({ endpoint, seconds, budget, probes, outages }) => [
      seconds > budget ? `✗ ${endpoint}` : endpoint,
      tenths(seconds),
      budget,
      probes,
      outages.map(({ from, to, seen }) => `${tenths(from)}–${tenths(to)}: ${seen}`).join('\n') || '–',
    ]),
  },
  helm: {
    title: 'Each helm upgrade, until ready',
    head: ['Stack', 'From', 'To', 'Took, s', 'Result'],
    rows: traffic.helm.map(({ stack, from, to, seconds, error = 'ready' }) => [
      stack,
      from,
      to,
      tenths(seconds),
      error,
    ]),
  },
  gaps: {
    title: 'Longest time without a scrape',
    head: ['Job', 'Seconds'],
    rows:
      typeof traffic.gaps === 'string'
        ? [['not counted', traffic.gaps]]
        : byGap(traffic).map(({ job, seconds }) => [job, tenths(seconds)]),
  },
  lines: {
    title: 'Log lines written across the upgrade',
    head: ['Node', 'Written', 'Lost', 'Doubled'],
    rows:
      typeof traffic.lines === 'string'
        ? [['not counted', traffic.lines]]
        : traffic.lines.map(({ node, written, lost, doubled }) => [node, written, lost, doubled]),
  },
  older: {
    title: 'Data from before the upgrade',
    head: ['What', 'Before', 'After'],
    rows: [
      ['documents of logs-*', traffic.documents.before, traffic.documents.after],
      ['series of Prometheus', traffic.series.before, traffic.series.after],
    ],
  },
})

/** The claims that did not hold each time, and what became of them each time. */
export const claimTable = ({ claims: { before, after, fresh } }: UpgradeResult): Table => {
  const times = [
    { name: 'Before', outcomes: before },
    { name: 'Now', outcomes: after },
    { name: 'On an empty cluster', outcomes: fresh },
  ].flatMap(({ name, outcomes }) => (outcomes ? [{ name, outcomes }] : []))
  const claims = new Map(times.flatMap(({ outcomes }) => outcomes.map(({ claim }) => [claim.id, claim])))
  const rows = [...claims.values()].map(({ id, area, sentence }) => {
    const verdicts = times.map(
      ({ outcomes }) => outcomes.find(({ claim }) => claim.id === id)?.verdict ?? 'not run',
    )
    return { name: `${id}\n${area}: ${sentence}`, verdicts }
  })
  return {
    title: 'Claims that did not hold',
    head: ['Claim', ...times.map(({ name }) => name)],
    rows: rows
      .filter(({ verdicts }) => verdicts.some((verdict) => verdict !== 'holds'))
      .map(({ name, verdicts }) => [name, ...verdicts]),
  }
}

const leftOld = ({ change, became }: CrdChange) => change === 'changed' && became === 'left old'

const applyCrds = ({ upgrades, definitions }: UpgradeResult): readonly string[] => {
  const charts = new Set(definitions.filter(leftOld).map(({ chart }) => chart))
  const moving = upgrades.filter(({ chart }) => charts.has(chart))
  return moving.map(({ chart, to }) => {
    const repository = stacks.find((stack) => stack.chart?.name === chart)?.chart?.repository
    const from = repository === undefined ? '' : ` --repo ${repository}`
    return `helm show crds ${chart}${from} --version ${to} | kubectl apply --server-side --force-conflicts -f -`
  })
}

export const crdTable = (result: UpgradeResult): Table => ({
  title: 'CustomResourceDefinitions',
  head: ['Name', 'Change', 'Became', 'What is different'],
  rows: result.definitions.map(({ name, chart, change, became, fields }) => [
    `${name}\n${chart}`,
    change,
    became,
    fields.join('\n'),
  ]),
  ...(result.definitions.some(leftOld) && {
    todo: {
      text: 'Helm makes the CRDs that are missing, and leaves those that are there as they are. To bring them up to date, before the upgrade:',
      commands: applyCrds(result),
    },
  }),
})

export const manifestTable = ({ manifests }: UpgradeResult): Table => ({
  title: 'Objects that the new charts render otherwise',
  head: ['Object', 'Change', 'Fields, old → new'],
  rows: manifests.map(({ object, change, fields, count }) => [
    object,
    change,
    [...fields, ...more(fields.length, count)].join('\n'),
  ]),
})

export const stepTable = ({ steps }: UpgradeResult): Table => ({
  title: 'Steps, in seconds since the check began',
  head: ['Step', 'From', 'To', 'Took', 'Result'],
  rows: steps.map(({ name, from, seconds, ok, error = 'failed' }) => [
    name,
    ...[from, from + seconds, seconds].map(tenths),
    ok ? 'done' : (error.split('\n', 1)[0] ?? ''),
  ]),
})
