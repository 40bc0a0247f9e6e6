import { countOf } from '../lib/messages.ts'

export const verdicts = ['new', 'expected', 'fixed', 'pre-existing', 'change'] as const
/**
 * `new`: worse than before; `expected`: the same, but accepted; `fixed`: better than before; `pre-existing`: as broken
 * as before; `change`: different, but neither better nor worse.
 */
export type Verdict = (typeof verdicts)[number]
export const severities = ['high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** One thing that changed, or is still broken. */
export type Finding = Readonly<{
  /** Its id in upgrade/expected.yaml: `metric/node_load1`. */
  id: string
  verdict: Verdict
  severity: Severity
  /** What users notice, in one sentence. */
  sentence: string
  /** What to do. */
  remedy: string
  /** What else is broken or different because of it, a sentence each. */
  consequences: readonly string[]
  /** Everything still answers, but means something else: another value, threshold, receiver or retention. */
  changesMeaning?: true
  /** Why it is accepted, if it is. */
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
