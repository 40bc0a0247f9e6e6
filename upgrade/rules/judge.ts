import { quantityOf } from '../../lib/quantities.ts'
import { durationSeconds } from '../../lib/promql.ts'
import type { Severity, Verdict } from '../findings.ts'

/** How bad the change of a setting is, and why. */
export type Judged = Readonly<{
  verdict: Verdict
  severity: Severity
  /** What the change does, as the end of a sentence. */
  effect: string
  remedy: string
  changesMeaning?: true
}>

/** Judges the old and the new value; undefined stands for a value that is not set. */
export type Judge = (old: string | undefined, now: string | undefined) => Judged | undefined
/** Judges the settings whose subject and name match. */
export type SettingRule = Readonly<{ subject: RegExp; setting: RegExp; judge: Judge }>

export const keepValue = 'set the old value in the values file'

/** Everything still answers, but means something else. */
export const altersMeaning = (severity: Severity, effect: string, remedy = keepValue): Judged => ({
  verdict: 'new',
  severity,
  effect,
  remedy,
  changesMeaning: true,
})
export const breaks = (severity: Severity, effect: string, remedy = keepValue): Judged => ({
  verdict: 'new',
  severity,
  effect,
  remedy,
})
export const differs = (
  severity: Severity,
  effect = '',
  remedy = 'check whether you rely on it',
): Judged => ({
  verdict: 'change',
  severity,
  effect,
  remedy,
})

export const always =
  (judged: Judged): Judge =>
  () =>
    judged
/** If the value was set and no longer is. */
export const ifGone =
  (judged: Judged): Judge =>
  (old, now) =>
    old !== undefined && now === undefined ? judged : undefined
export const ifSet =
  (value: string, judged: Judged): Judge =>
  (_, now) =>
    now === value ? judged : undefined
/** @param unset the number that an unset value stands for */
export const ifLower =
  (read: (text: string) => number, unset: number, judged: Judged): Judge =>
  (old, now) =>
    (now === undefined ? unset : read(now)) < (old === undefined ? unset : read(old)) ? judged : undefined
/** Setting the default explicitly changes nothing. */
export const withDefault =
  (value: string, judge: Judge): Judge =>
  (old = value, now = value) =>
    old === now ? differs('low') : judge(old, now)
export const all =
  (...judges: readonly Judge[]): Judge =>
  (old, now) => {
    for (const judge of judges) {
      const judged = judge(old, now)
      if (judged) return judged
    }
    return undefined
  }

/** Seconds and bytes of `10d or 5GiB`; 0 means unlimited. */
const retentionLimits = (text: string): readonly number[] => {
  const parts = text.split(' or ')
  const size = parts.find((part) => part.endsWith('B')) ?? ''
  const time = parts.find((part) => !part.endsWith('B')) ?? ''
  return [durationSeconds(time), quantityOf(size.replace(/i?B$/, (unit) => unit.replace('B', ''))) || 0].map(
    (limit) => limit || Infinity,
  )
}
const isShorter = (old: string, now: string): boolean => {
  const [before, after] = [retentionLimits(old), retentionLimits(now)]
  return after.some((limit, index) => limit < (before[index] ?? Infinity))
}
export const shorterRetention =
  (judged: Judged): Judge =>
  (old, now) =>
    old !== undefined && now !== undefined && isShorter(old, now) ? judged : undefined
