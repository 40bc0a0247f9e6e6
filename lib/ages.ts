import { describeSeconds } from './progress.ts'

/** ` for 41 s`; empty if the start is unknown. */
export const forHowLong = (since: number | undefined): string =>
  since === undefined ? '' : ` for ${describeSeconds(Math.max(0, Date.now() - since) / 1000)}`

const lasting = String.raw`\d+ (?:s|min \d+ s|h \d+ min)\b`
const aging = new RegExp(` for ${lasting}|, \\d+ restarts?(?: in ${lasting})?|, previous run`, 'g')

/** The text without durations and restart counts, to tell whether a trouble is still the same. */
export const withoutAges = (text: string): string => text.replaceAll(aging, '')
