import { severities, verdicts, type Finding, type Severity, type Verdict } from './findings.ts'

/** A finding before root causes and consequences are known. */
export type Difference = Omit<Finding, 'consequences'> &
  Readonly<{
    /** The thing itself: `job:coredns`, `metric:node_load1`. */
    about: string
    /** Things that must work for it to work. */
    dependsOn?: readonly string[]
    /** A text that may name the cause: the message of a claim. */
    text?: string
    /** Appears and disappears with events in a running cluster, without any upgrade. */
    byEvents?: boolean
  }>

type MakeFinding = (
  verdict: Verdict,
  severity: Severity,
  sentence: string,
  remedy?: string,
  more?: Partial<Difference>,
) => Difference

/** Returns a function that makes findings about one thing; `more` adds or replaces fields. */
export const findingsAbout =
  (id: string, about: string): MakeFinding =>
  (verdict, severity, sentence, remedy = '', more = {}) => ({
    id,
    about,
    verdict,
    severity,
    sentence,
    remedy,
    ...more,
  })

const nameOf = ({ about }: Difference) => about.slice(about.indexOf(':') + 1)

/** Whether a text contains the name as a word: `up` is not in `group`, `up:count` or `up.json`. */
const names = (text: string, name: string): boolean =>
  new RegExp(`(?<![\\w-]|\\w:)${RegExp.escape(name)}(?![\\w-]|[:.]\\w)`).test(text)

/** What explains a difference: what it depends on, or what its text names. */
const causeOf = (one: Difference, all: readonly Difference[]): Difference | undefined => {
  const others = all.filter((other) => other !== one && other.text === undefined)
  return (
    others.find(({ about }) => one.dependsOn?.includes(about)) ??
    others.find((other) => one.text !== undefined && names(one.text, nameOf(other)))
  )
}

const rootOf = (
  one: Difference,
  all: readonly Difference[],
  seen: readonly Difference[] = [],
): Difference => {
  const cause = causeOf(one, all)
  // If two explain each other, neither is the root cause.
  if (cause === undefined || seen.includes(cause)) return one
  return rootOf(cause, all, [...seen, one])
}

const rank = ({ verdict, severity }: Finding) => verdicts.indexOf(verdict) * 10 + severities.indexOf(severity)

/** Regressions in full; if more than one thing is merely different, only their number. */
const describeConsequences = (follow: readonly Difference[]): readonly string[] => {
  const worse = follow.filter(({ verdict }) => verdict === 'new')
  const others = follow.filter(({ verdict }) => verdict !== 'new')
  return [
    ...worse.map(({ sentence }) => sentence),
    ...(others.length > 1
      ? [`${others.length} more things changed that nothing here needs`]
      : others.map(({ sentence }) => sentence)),
  ]
}

/** Regressions and changes that another regression explains become its consequences. The worst come first. */
export const groupByRootCause = (all: readonly Difference[]): readonly Finding[] => {
  const worse = all.filter(({ verdict }) => verdict === 'new')
  const touched = all.filter(({ verdict }) => verdict === 'new' || verdict === 'change')
  const roots = new Map(touched.map((one) => [one, rootOf(one, worse)]))
  return all
    .filter((one) => (roots.get(one) ?? one) === one)
    .map((one): Finding => {
      const { id, verdict, severity, sentence, remedy, changesMeaning } = one
      const follow = touched.filter((other) => other !== one && roots.get(other) === one)
      return {
        id,
        verdict,
        severity,
        sentence,
        remedy,
        ...(changesMeaning && { changesMeaning }),
        consequences: describeConsequences(follow),
      }
    })
    .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
}
