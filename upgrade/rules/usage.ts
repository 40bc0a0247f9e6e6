import { findingsAbout } from '../rootCauses.ts'
import { compareEach, type Rule } from './common.ts'

const times = 2
const near = 0.8
const full = 0.95

const inUnits = (what: string, amount: number): string =>
  what.startsWith('CPU') ? `${Number(amount.toPrecision(2))} CPUs` : `${(amount / 2 ** 20).toFixed(0)} Mi`

/** CPU, memory and volumes of which much more is used than before, with little left; and limits below what is used. */
export const usage: Rule = (before, after) =>
  compareEach(before.usage, after.usage, (what, old, now) => {
    if (!old || !now || now.limit === 0) return undefined
    const finding = findingsAbout(`usage/${what}`, `usage:${what}`)
    const show = (amount: number) => inUnits(what, amount)
    if (now.limit < old.limit && now.limit < Math.max(old.used, now.used)) {
      const used = show(Math.max(old.used, now.used))
      const sentence = `the limit of ${what} is now ${show(now.limit)}, ${show(old.limit)} before, but ${used} are used`
      return finding('new', 'high', sentence, "set the old limit in the chart's resources")
    }
    if (now.used < times * old.used || now.used < near * now.limit) return undefined
    const sentence = `${what}: ${show(now.used)} are used, ${show(old.used)} before, of ${show(now.limit)}`
    const remedy = 'raise the limit, or find out what uses it'
    // A CPU limit only slows down; the other two stop what uses them.
    const stops = now.used >= full * now.limit && !what.startsWith('CPU')
    return stops ? finding('new', 'high', sentence, remedy) : finding('change', 'medium', sentence, remedy)
  })
