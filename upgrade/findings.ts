import { countOf } from '../lib/messages.ts'

export const verdicts = ['new', 'expected', 'fixed', 'pre-existing', 'change'] as const
/**
 * `new`: worse than before; `expected`: the same, but accepted; `fixed`: better than before; `pre-existing`: as broken
 * as before; `change`: different, and neither better nor worse.
 */
export type Verdict = (typeof verdicts)[number]
export const severities = ['high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** One thing that is not as it was, or as broken as it was. */
export type Finding = Readonly<{
  /** What upgrade/expected.yaml calls it: `metric/node_load1`. */
  id: string
  verdict: Verdict
  severity: Severity
  /** What a user will notice, in one sentence. */
  sentence: string
  /** What to do. */
  remedy: string
  /** What else is so because of it, a sentence each. */
  consequences: readonly string[]
  /** Why it is accepted, where it is. */
  reason?: string
}>

/** `0 new, 2 expected, …` */
export const countVerdicts = (findings: readonly Finding[]): string =>
  verdicts
    .map((wanted) => {
      const { length } = findings.filter(({ verdict }) => verdict === wanted)
      return wanted === 'change' ? countOf(length, wanted) : `${length} ${wanted}`
    })
    .join(', ')
