import { describeSeconds } from './progress.ts'

/** ` for 41 s`, or nothing where the moment is not known. */
export const forHowLong = (since: number | undefined): string =>
  since === undefined ? '' : ` for ${describeSeconds(Math.max(0, Date.now() - since) / 1000)}`

const lasting = String.raw`\d+ (?:s|min \d+ s|h \d+ min)\b`
const aging = new RegExp(` for ${lasting}|, \\d+ restarts?(?: in ${lasting})?|, the run before`, 'g')

/** A text without what only passing time changes: what two looks at the same trouble have in common. */
export const withoutAges = (text: string): string => text.replaceAll(aging, '')
