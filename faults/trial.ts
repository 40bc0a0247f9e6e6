import { eventually } from '../lib/eventually.ts'
import { unlessInterrupted } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import type { Live, Undo } from './change.ts'
import type { Run } from '../setup/global.ts'
import { injectNow } from './currentInjection.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { checklist } from '../specs/support/checklist.ts'
import type { Suite } from '../specs/support/suite.ts'
import { readBeginning, type Beginning } from '../setup/beginning.ts'
import { faultShortfall, firstBroken, type FaultOutcome } from './matrix.ts'
import type { Fault } from './table.ts'

// From a change to its effect. The slowest are a missing node and a rate over a minute.
const within = 150_000

/** Tries the claims with these ids once. */
type TryOnce = (ids: readonly string[]) => Promise<readonly ClaimOutcome[]>

const allExcept = (ids: readonly string[]): readonly string[] =>
  checklist.map(({ id }) => id).filter((id) => !ids.includes(id))

/** Tries the claims until none is red: those that were red last, and once they hold, the others. */
const allGreen = (what: string, tryOnce: TryOnce, red: readonly string[] = []): Promise<void> => {
  let last = red
  return eventually(
    what,
    async () => {
      for (const ids of [last, allExcept(last)]) {
        const left = (await tryOnce(ids)).filter((outcome) => outcome.verdict === 'broken')
        last = left.map(({ claim }) => claim.id)
        if (left.length > 0) throw new Error(left.map(({ claim, text }) => `${claim.id}: ${text}`).join('\n'))
      }
    },
    { within },
  )
}

// Milliseconds. Each round tries a claim once. Explaining why a server cannot be reached takes a few seconds.
const tryWithin = 8000
const inRounds = ({ limits }: Run): Pick<Run, 'limits' | 'once'> => ({
  limits: { ...limits, query: tryWithin, logs: tryWithin },
  once: true,
})

/**
 * Injects a fault, tries the claims until exactly the expected ones are red, undoes it, and tries until all are green. Each
 * round tries those in question, and the others once these are as they should be: trying all of them every time would
 * keep the stack busy.
 * Never throws.
 * @param except the claims to ignore now, because another fault is injected
 * @param record keeps what the servers answer once exactly the expected claims are red
 * @returns the outcome, and whether the stack has recovered
 */
export const tryFault = async (
  { name, inject, red, cause, sentence }: Fault,
  live: Live,
  suite: Suite,
  except: () => readonly string[],
  record?: (run: Run) => Promise<void>,
): Promise<FaultOutcome & Readonly<{ recovered: boolean }>> => {
  const state: Pick<FaultOutcome, 'seen' | 'said'> = { seen: [], said: '' }
  const injected: { undo?: Undo } = {}
  /** Seconds, and what went wrong. */
  const timed = async (work: () => Promise<void>) => {
    const started = performance.now()
    const problem = await unlessInterrupted(work()).then(() => undefined, messageOf)
    return { seconds: (performance.now() - started) / 1000, problem }
  }

  const tryOnce =
    (since: Beginning): TryOnce =>
    (ids) =>
      suite.tryClaims({ ...inRounds(suite.run), began: since }, [...except(), ...allExcept(ids)])
  const began = await readBeginning(suite.run.servers)

  const broken = await timed(async () => {
    injected.undo = await injectNow(name, () => inject(live))
    await eventually(
      `${name} turns red what it should, and nothing else`,
      async () => {
        const outcomes: ClaimOutcome[] = []
        for (const ids of [red, allExcept(red)]) {
          outcomes.push(...(await tryOnce(began)(ids)))
          const broken = outcomes.filter((outcome) => outcome.verdict === 'broken')
          Object.assign(state, {
            seen: broken.map(({ claim }) => claim.id),
            said: firstBroken(red, outcomes)?.text ?? '',
          })
          const shortfall = faultShortfall({ red, cause }, outcomes)
          if (shortfall !== undefined) throw new Error(shortfall)
        }
      },
      { within },
    )
  })
  const recorded =
    record && broken.problem === undefined
      ? await timed(() => record({ ...suite.run, began }))
      : { problem: undefined }
  const recovered = await timed(async () => {
    await injected.undo?.()
    const undone = await readBeginning(suite.run.servers)
    await allGreen(`all is green once ${name} is undone`, tryOnce(undone), state.seen)
  })
  const problems = [broken.problem, recorded.problem, recovered.problem].filter(
    (problem) => problem !== undefined,
  )
  return {
    fault: { name, sentence },
    ...state,
    red: broken.seconds,
    green: recovered.seconds,
    shortfall: problems.length > 0 ? problems.join('\n') : undefined,
    recovered: recovered.problem === undefined,
  }
}

/**
 * Tries all claims once every fault is undone: side by side, those that any fault may break were left out.
 * @throws WaitError with the claims that are still red
 */
export const recoveredFromAll = async ({ run, tryClaims }: Suite): Promise<void> => {
  const began = await readBeginning(run.servers)
  await allGreen('all claims hold after the last fault', (ids) =>
    tryClaims({ ...inRounds(run), began }, allExcept(ids)),
  )
}
