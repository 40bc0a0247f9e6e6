import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { isExpired, readAccepted, today } from '../config/accepted.ts'
import type { Overlay } from '../config/overlay.ts'
import type { Finding } from './findings.ts'
import type { IdleEntry } from './result.ts'

/** An accepted regression: its id, why it is accepted, the last day on which it is (`2027-01-31`), and where it is listed. */
export type Expected = Readonly<{ id: string; reason: string; until: string; at?: string }>

export const expectedFile = 'upgrade/expected.yaml'

const isDay = (text: unknown): text is string => typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text)

/** Everything that is wrong with the entries of the file. */
export class ExpectedError extends Error {
  override name = 'ExpectedError'
}

/** @throws ExpectedError with every malformed entry */
export const parseExpected = (text: string): readonly Expected[] => {
  const entries: unknown = parse(text, { schema: 'failsafe' }) ?? []
  if (!Array.isArray(entries)) throw new ExpectedError(`${expectedFile}: must be a list of entries`)
  const problems = (entries as Partial<Expected>[]).flatMap((entry, index) => {
    const wrong = [
      ...(entry.id ? [] : ['no id']),
      ...(entry.reason ? [] : ['no reason']),
      ...(isDay(entry.until) ? [] : ['no until (a day such as 2027-01-31)']),
    ]
    return wrong.length > 0 ? [`${expectedFile}: entry ${index + 1} has ${wrong.join(', ')}`] : []
  })
  if (problems.length > 0) throw new ExpectedError(problems.join('\n'))
  return entries as Expected[]
}

/** The regressions that this repository accepts, and those that the overlay accepts. */
export const readExpected = async (overlay: Overlay | undefined): Promise<readonly Expected[]> => [
  ...parseExpected(await readFile(expectedFile, 'utf8')),
  ...readAccepted(overlay).upgrade,
]

/**
 * Accepts the expected regressions.
 * @param day today, such as `2026-11-23`
 * @returns the findings, and the entries that have no effect
 */
export const acceptExpected = (
  findings: readonly Finding[],
  expected: readonly Expected[],
  day = today(),
): Readonly<{ findings: readonly Finding[]; idleEntries: readonly IdleEntry[] }> => {
  const valid = expected.filter((entry) => !isExpired(entry, day))
  const accepted = findings.map((finding): Finding => {
    const entry = valid.find(({ id }) => finding.verdict === 'new' && id === finding.id)
    return entry
      ? { ...finding, verdict: 'expected', reason: `${entry.reason} (until ${entry.until})` }
      : finding
  })
  const idleEntries = expected.flatMap((entry): readonly IdleEntry[] => {
    const { id, until, at: source } = entry
    const at = source === undefined ? {} : { at: source }
    if (isExpired(entry, day)) return [{ id, why: `expired on ${until}`, ...at }]
    return findings.some((finding) => finding.verdict === 'new' && finding.id === id)
      ? []
      : [{ id, why: 'there is no such regression', ...at }]
  })
  return { findings: accepted, idleEntries }
}
