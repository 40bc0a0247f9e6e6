import { findingsAbout } from '../rootCauses.ts'
import { compareEach, type Rule } from './common.ts'

// A rise counts from this factor, and from this share of the limit.
const rise = 2
const nearlyFull = 0.8
const full = 0.95

const inUnits = (what: string, amount: number): string =>
  what.startsWith('CPU') ? `${Number(amount.toPrecision(2))} CPUs` : `${(amount / 2 ** 20).toFixed(0)} Mi`

/** CPU, memory and volumes of which much more is in use than before, with little left; and limits below what is in use. */
export const usage: Rule = (before, after) =>
  compareEach(before.usage, after.usage, (what, old, now) => {
    if (!old || !now || now.limit === 0) return undefined
    const finding = findingsAbout(`usage/${what}`, `usage:${what}`)
    const show = (amount: number) => inUnits(what, amount)
    if (now.limit < old.limit && now.limit < Math.max(old.used, now.used)) {
      const used = show(Math.max(old.used, now.used))
      const sentence = `the limit of ${what} fell from ${show(old.limit)} to ${show(now.limit)}, but ${used} are in use`
      return finding('new', 'high', sentence, 'set the old limit under `resources` in the values file')
    }
    if (now.used < rise * old.used || now.used < nearlyFull * now.limit) return undefined
    const sentence = `${what}: use rose from ${show(old.used)} to ${show(now.used)}, of ${show(now.limit)}`
    const remedy = 'find out what uses it, or raise the limit'
    // A container at its CPU limit is throttled; at its memory limit it is killed, and on a full volume it cannot write.
    const stops = now.used >= full * now.limit && !what.startsWith('CPU')
    return stops ? finding('new', 'high', sentence, remedy) : finding('change', 'medium', sentence, remedy)
  })
