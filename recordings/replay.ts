import { faultShortfall, firstBroken, type FaultOutcome } from '../faults/matrix.ts'
import { faults, type Fault } from '../faults/table.ts'
import { countOf, messageOf } from '../lib/messages.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { describeAsked } from './exchange.ts'
import { replayLook, type Look, type Replayed } from './look.ts'
import { healthy, readRecording } from './store.ts'

/** What can be recorded: each fault, and the cluster without one. */
export type Subject = Pick<Fault, 'name' | 'sentence' | 'red' | 'cause'>
export const withoutFault: Subject = { name: healthy, sentence: 'nothing is broken', red: [], cause: /^/ }
export const subjects: readonly Subject[] = [withoutFault, ...faults]

/** How the outcomes differ from those expected. Without a fault, no alarm may be red, either. */
export const subjectShortfall = (subject: Subject, outcomes: readonly ClaimOutcome[]): string | undefined => {
  const alarm = subject === withoutFault ? firstBroken([], outcomes) : undefined
  return faultShortfall(subject, outcomes) ?? (alarm && `should be green and is not: ${alarm.text}`)
}

/** The command that records a subject again. Recording the healthy cluster replaces all others. */
export const recordCommand = (names: readonly string[]): string =>
  ['npm run faults -- --record', ...(names.includes(healthy) ? [] : names)].join(' ')

const recordAnew = ({ name }: Subject) =>
  `  remedy: \`${recordCommand([name])}\` records it anew, on a cluster`

// How many are named; the rest is counted.
const shown = 5

/** How the outcomes differ from those expected, and the requests from those of the look. */
export const replayShortfalls = (
  subject: Subject,
  { exchanges }: Look,
  { outcomes, unrecorded, used }: Replayed,
): readonly string[] => {
  const shortfall = subjectShortfall(subject, outcomes)
  const stale = exchanges.filter((exchange) => !used.has(exchange))
  const some = (what: string, lines: readonly string[]) => {
    const more = lines.length > shown ? [`  and ${lines.length - shown} more`] : []
    return lines.length === 0 ? [] : [what, ...lines.slice(0, shown).map((line) => `  ${line}`), ...more]
  }
  return [
    // First, because a claim that gets no answer is red for that.
    ...some(`${countOf(unrecorded.length, 'request')} not in the recording:`, unrecorded),
    ...(shortfall === undefined ? [] : [shortfall]),
    ...some(
      `${countOf(stale.length, 'request')} of the recording that nothing asks for any more:`,
      stale.map(({ asked }) => describeAsked(asked)),
    ),
    ...(unrecorded.length + stale.length > 0 ? [recordAnew(subject)] : []),
  ]
}

/** The result of a replay. */
export type ReplayOutcome = Pick<FaultOutcome, 'fault' | 'seen' | 'shortfall'>

const replay = async (subject: Subject, dictionary: Buffer): Promise<Omit<ReplayOutcome, 'fault'>> => {
  const recording = await readRecording(subject.name, dictionary)
  const replayed = await replayLook(recording, recordCommand([subject.name]))
  const shortfalls = replayShortfalls(subject, recording, replayed)
  const broken = replayed.outcomes.filter(({ verdict }) => verdict === 'broken')
  return {
    seen: broken.map(({ claim }) => claim.id),
    shortfall: shortfalls.length > 0 ? shortfalls.join('\n') : undefined,
  }
}

/** Replays the recording of a subject, and compares the outcome with the expected one. Never rejects. */
export const replaySubject = async (subject: Subject, dictionary: Buffer): Promise<ReplayOutcome> => ({
  fault: { name: subject.name, sentence: subject.sentence },
  ...(await replay(subject, dictionary).catch((error: unknown) => ({
    seen: [],
    // The recorded run may lack a field that a run has now.
    shortfall: `it cannot be replayed: ${messageOf(error)}\n${recordAnew(subject)}`,
  }))),
})
