import { stacks } from '../config/stacks.ts'
import { byReason, notCheckedTitle } from '../report/notChecked.ts'
import { ownArea, type ClaimOutcome } from '../specs/support/claim.ts'
import { lastSeen } from './claims.ts'
import type { Finding } from './findings.ts'
import type { CrdChange } from './manifests.ts'
import type { Traffic, UpgradeResult } from './result.ts'
import { byOutage, describePeriod, findingsOf, notCheckedOf, tenths, type FindingGroup } from './summary.ts'

/**
 * A table of the Markdown and the HTML report; the first cell of a row is its name. Numbers are aligned to the right.
 * Lines of a text are lines of the cell.
 */
export type Table = Readonly<{
  title: string
  head: readonly string[]
  rows: readonly (readonly (string | number)[])[]
  /** What to do about it. */
  todo?: Readonly<{ text: string; commands: readonly string[] }>
}>

/** `and 3 more`, if there are more. */
export const more = (shown: number, all: number): readonly string[] =>
  all > shown ? [`and ${all - shown} more`] : []

export const groupTitles: Readonly<Record<FindingGroup, string>> = {
  breaks: 'What breaks',
  meaning: 'What now means something else',
  expected: 'Expected',
  fixed: 'Fixed',
  'pre-existing': 'Pre-existing',
  change: 'Images and other changes',
}

const explained = ({ sentence, consequences }: Finding) =>
  [sentence, ...consequences.map((consequence) => `– ${consequence}`)].join('\n')

/** `high`; `high, means something else` */
export const describeKind = (kind: string, { changesMeaning }: Finding): string =>
  changesMeaning ? `${kind}, means something else` : kind

export const findingTable = (result: UpgradeResult, group: FindingGroup): Table => ({
  title: groupTitles[group],
  head: ['Id', 'Severity', 'What users notice', group === 'expected' ? 'Why it is accepted' : 'What to do'],
  rows: findingsOf(result, group).map((finding) => [
    finding.id,
    describeKind(finding.severity, finding),
    explained(finding),
    finding.reason ?? finding.remedy,
  ]),
})

export const idleTable = ({ idleEntries }: UpgradeResult): Table => ({
  title: 'Entries of upgrade/expected.yaml without effect',
  head: ['Id', 'Why'],
  rows: idleEntries.map(({ id, why, at }) => [id, at === undefined ? why : `${why} (${at})`]),
})

export const notCheckedTable = (result: UpgradeResult): Table => ({
  title: notCheckedTitle,
  head: ['Why', 'What'],
  rows: byReason(notCheckedOf(result)).map(({ why, whats }) => [why, whats.join('\n')]),
})

/** What happened while the versions changed. */
export const trafficTables = (traffic: Traffic) => ({
  outages: {
    title: 'Outages, with one request per second',
    head: ['Endpoint', 'Outage, s', 'Allowed, s', 'Requests', 'Seconds since the upgrade began: error'],
    rows: byOutage(traffic).map(({ endpoint, seconds, budget, probes, outages }) => [
      seconds > budget ? `✗ ${endpoint}` : endpoint,
      tenths(seconds),
      budget,
      probes,
      outages.map(({ from, to, seen }) => `${describePeriod(from, to)}: ${seen}`).join('\n') || '–',
    ]),
  },
  helm: {
    title: 'Helm upgrades, until ready',
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
        : traffic.gaps.map(({ job, seconds }) => [job, tenths(seconds)]),
  },
  lines: {
    title: 'Log lines written during the upgrade',
    head: ['Node', 'Written', 'Lost', 'Doubled', 'Torn'],
    rows:
      typeof traffic.lines === 'string'
        ? [['not counted', traffic.lines]]
        : traffic.lines.map(({ node, written, lost, doubled, torn }) => [node, written, lost, doubled, torn]),
  },
  older: {
    title: 'Data from before the upgrade',
    head: ['Data', 'Before', 'After'],
    rows: [
      ['documents of logs-*', traffic.documents.before, traffic.documents.after],
      ['Prometheus series', traffic.series.before, traffic.series.after],
    ],
  },
})

/** The claims that failed at least once, with every verdict. */
export const claimTable = ({ claims: { before, after, fresh } }: UpgradeResult): Table => {
  const rounds = [
    { name: 'Before', outcomes: before },
    { name: 'Now', outcomes: after },
    { name: 'On an empty cluster', outcomes: fresh },
  ].flatMap(({ name, outcomes }) => (outcomes ? [{ name, outcomes }] : []))
  const claims = new Map(rounds.flatMap(({ outcomes }) => outcomes.map(({ claim }) => [claim.id, claim])))
  const verdictsOf = (id: string) =>
    rounds.map(({ outcomes }) => outcomes.find(({ claim }) => claim.id === id)?.verdict ?? 'not run')
  return {
    title: 'Claims that do not hold',
    head: ['Claim', ...rounds.map(({ name }) => name)],
    rows: [...claims.values()]
      .map(({ id, area, sentence }) => [`${id}\n${area}: ${sentence}`, ...verdictsOf(id)])
      .filter(([, ...verdicts]) => verdicts.some((verdict) => verdict !== 'holds')),
  }
}

const measured = (outcome: ClaimOutcome | undefined): string => {
  switch (outcome?.verdict) {
    case 'holds':
      return outcome.figures ?? 'holds'
    case 'broken':
      return lastSeen(outcome.text)
    default:
      return 'not run'
  }
}

/** What each claim of the overlay has seen, whether it holds or not. */
export const ownClaimTable = ({ claims: { before, after } }: UpgradeResult): Table => ({
  title: 'Own claims',
  head: ['Claim', 'Before', 'Now'],
  rows: before
    .filter(({ claim }) => claim.area === ownArea)
    .map((outcome) => {
      const { id, sentence } = outcome.claim
      const now = after?.find(({ claim }) => claim.id === id)
      return [`${id}\n${sentence}`, measured(outcome), measured(now)]
    }),
})

const isLeftOld = ({ change, became }: CrdChange) => change !== 'removed' && became === 'left old'

const applyCommands = ({ upgrades, definitions }: UpgradeResult): readonly string[] => {
  const charts = new Set(definitions.filter(isLeftOld).map(({ chart }) => chart))
  return upgrades
    .filter(({ chart }) => charts.has(chart))
    .map(({ chart, to }) => {
      const repository = stacks.find((stack) => stack.chart?.name === chart)?.chart?.repository
      const from = repository === undefined ? '' : ` --repo ${repository}`
      return `helm show crds ${chart}${from} --version ${to} | kubectl apply --server-side --force-conflicts -f -`
    })
}

export const crdTable = (result: UpgradeResult): Table => ({
  title: 'CustomResourceDefinitions',
  head: ['Name', 'Change', 'In the cluster', 'Differences'],
  rows: result.definitions.map(({ name, chart, change, became, fields }) => [
    `${name}\n${chart}`,
    change,
    became,
    fields.join('\n'),
  ]),
  ...(result.definitions.some(isLeftOld) && {
    todo: {
      text: 'An upgrade by Helm neither creates nor updates CRDs. Run this before it:',
      commands: applyCommands(result),
    },
  }),
})

export const manifestTable = ({ manifests }: UpgradeResult): Table => ({
  title: 'Objects that the new charts render differently',
  head: ['Object', 'Change', 'Fields, old → new'],
  rows: manifests.map(({ object, change, fields, count }) => [
    object,
    change,
    [...fields, ...more(fields.length, count)].join('\n'),
  ]),
})
