import { stackNames, type StackName } from '../config/stacks.ts'
import { checklist } from '../specs/support/checklist.ts'
import type { Finding } from './findings.ts'
import type { Observation } from './observation.ts'
import type { Rollback, VersionChange } from './result.ts'
import { openSearchRemedy } from './rollbackCauses.ts'
import { isSame } from './rules/common.ts'
import { firstLine } from '../lib/messages.ts'

/** Something that does not work or is missing after the rollback, and the stacks that may have lost it. */
export type Loss = Readonly<{ stacks: readonly string[]; sentence: string; remedy: string }>

/** What a rollback may lose: how much of it there was before. */
export type Holdings = Readonly<{
  documents: number
  series: number
  /** The titles of index patterns. */
  patterns: readonly string[]
}>

/** How much is left after the rollback, or why it could not be counted. */
export type Left = Readonly<{ [Key in keyof Holdings]: Holdings[Key] | string }>

const byLength = stackNames.toSorted((a, b) => b.length - a.length)

/** The stacks that a finding may come from. */
export const stacksOf = (id: string): readonly string[] => {
  const claim = checklist.find((one) => id === `claim/${one.id}`)
  if (claim) return claim.needs.map((part) => (part === 'index-pattern' ? 'opensearch-dashboards' : part))
  const named = byLength.find((name) => id.includes(name))
  if (named) return [named]
  if (id.startsWith('index/')) return ['opensearch']
  return [id.startsWith('logs/') ? 'vector' : 'kube-prometheus-stack']
}

/** Data that is gone. What could not be counted is no loss: claims about the server fail if it does not answer. */
export const lostHoldings = (had: Holdings, left: Left): readonly Loss[] => {
  const patterns = Array.isArray(left.patterns)
    ? had.patterns.filter((title) => !left.patterns.includes(title))
    : []
  return [
    ...(typeof left.documents === 'number' && left.documents < had.documents
      ? [
          {
            stacks: ['opensearch'],
            sentence: `${had.documents - left.documents} of ${had.documents} log documents are gone`,
            remedy: openSearchRemedy,
          },
        ]
      : []),
    ...(typeof left.series === 'number' && left.series < had.series
      ? [
          {
            stacks: ['kube-prometheus-stack'],
            sentence: `${had.series - left.series} of ${had.series} Prometheus series are gone: graphs start at the rollback`,
            remedy:
              'to keep them, give Prometheus a volume: prometheus.prometheusSpec.storageSpec in values/kube-prometheus-stack.yaml',
          },
        ]
      : []),
    ...patterns.map((title) => ({
      stacks: ['opensearch-dashboards'],
      sentence: `index pattern ${title} is gone`,
      remedy: 'export the saved objects before the rollback, and import them afterwards',
    })),
  ]
}

/**
 * What does not work, from a comparison with the observation before the upgrade.
 * @param known ids of findings that the rollback did not cause
 */
export const lostWorking = (
  findings: readonly Finding[],
  known: ReadonlySet<string> = new Set(),
): readonly Loss[] =>
  findings
    .filter(({ verdict, id }) => verdict === 'new' && !known.has(id))
    .map(({ id, sentence, remedy }) => ({
      stacks: stacksOf(id),
      sentence: firstLine(sentence),
      remedy,
    }))

/** The CustomResourceDefinitions of a chart that still differ from before the upgrade. */
export const changedDefinitions = (
  names: readonly string[],
  before: Observation,
  after: Observation,
): readonly string[] => names.filter((name) => !isSame(before.definitions[name], after.definitions[name]))

/** How the rollback of one chart went. */
export type Attempt = Readonly<{
  change: VersionChange
  stack: StackName
  /** The command that rolls it back; undefined if it was not upgraded. */
  command: string | undefined
  failure?: Readonly<{ cause: string; remedy?: string }>
  /** CustomResourceDefinitions that stay as in the new version. */
  definitions: readonly string[]
  seconds: number
}>

const staying = (definitions: readonly string[]): readonly string[] =>
  definitions.length === 0
    ? []
    : [
        `CustomResourceDefinitions stay at the new version, because helm rollback does not touch them: ${definitions.join(', ')}`,
      ]

/** The losses of a chart: its own, and those that come from no chart that was rolled back. */
const lossesOf = (stack: StackName, losses: readonly Loss[], attempts: readonly Attempt[]) =>
  losses.filter(
    ({ stacks }) => stacks.includes(stack) || !attempts.some((attempt) => stacks.includes(attempt.stack)),
  )

/** @param remedy what to do so that the rollback can be tried */
export const notTried = ({ chart, from, to }: VersionChange, why: string, remedy: string): Rollback => ({
  chart,
  from: to,
  to: from,
  verdict: 'not tried',
  why,
  loss: [],
  stays: [],
  remedy,
  seconds: 0,
})

/** One verdict for each chart. */
export const judgeRollbacks = (
  attempts: readonly Attempt[],
  losses: readonly Loss[],
): readonly Rollback[] => {
  const tried = attempts.filter(({ command }) => command !== undefined)
  return attempts.map(({ change, stack, command, failure, definitions, seconds }): Rollback => {
    const { chart, from, to } = change
    const rollback = { chart, from: to, to: from, loss: [], stays: staying(definitions), seconds }
    if (command === undefined)
      return notTried(change, 'it was not upgraded', 'fix what prevented the upgrade first')
    const remedyFor = (remedy: string) => (stack === 'opensearch' ? openSearchRemedy : remedy)
    if (failure)
      return {
        ...rollback,
        verdict: 'does not go back',
        why: failure.cause,
        remedy: remedyFor(failure.remedy ?? 'go forward to a version that fixes the problem'),
      }
    const lost = lossesOf(stack, losses, tried)
    if (lost.length === 0) return { ...rollback, verdict: 'goes back', remedy: remedyFor(`\`${command}\``) }
    return {
      ...rollback,
      verdict: 'goes back with loss',
      loss: lost.map(({ sentence }) => sentence),
      remedy: remedyFor([...new Set(lost.map(({ remedy }) => remedy))].join('\n')),
    }
  })
}
