import { eventually } from '../lib/eventually.ts'
import { onInterruption, unlessInterrupted } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import type { Live, Undo } from './change.ts'
import type { Suite } from '../specs/support/suite.ts'
import { faultShortfall, type FaultOutcome } from './matrix.ts'
import type { Fault } from './table.ts'

// What is red stays so for as long as this; what is green is so at the first try.
const patience = 4000
// From a change to its showing. The slowest are a node that is missed and a rate over a minute.
const within = 150_000

const underWay: { fault?: string; undo?: Undo } = {}

/** On a signal, mends what is broken just now: a cluster that is kept would else stay broken, and nothing would say so. */
export const undoOnInterruption = (print: (line: string) => void): void =>
  onInterruption(async () => {
    const { fault, undo } = underWay
    if (fault === undefined) return
    print(
      `undoing ${fault}; where this is the last that is said of it, \`npm run clean\` removes the cluster`,
    )
    await undo?.()
    print(`${fault} is undone`)
  })

/**
 * Injects a fault, tries the claims until exactly the expected ones are red, undoes it, and tries until all are green. Never throws.
 * @returns what came of it, and whether the stack is whole again
 */
export const tryFault = async (
  { name, inject, red, cause, sentence }: Fault,
  live: Live,
  suite: Suite,
): Promise<FaultOutcome & Readonly<{ mended: boolean }>> => {
  const state: Pick<FaultOutcome, 'seen' | 'said'> = { seen: [], said: '' }
  /** Seconds, and what went wrong. */
  const timed = async (work: () => Promise<void>) => {
    const started = performance.now()
    const problem = await unlessInterrupted(work()).then(() => undefined, messageOf)
    return { seconds: (performance.now() - started) / 1000, problem }
  }

  const { limits } = suite.run
  const look = () => suite.tryClaims({ limits: { ...limits, query: patience, logs: patience } })

  const broken = await timed(async () => {
    underWay.fault = name
    underWay.undo = await inject(live)
    await eventually(
      `${name} turns red what it should, and nothing else`,
      async () => {
        const outcomes = await look()
        const broken = outcomes.filter((outcome) => outcome.verdict === 'broken')
        Object.assign(state, { seen: broken.map(({ claim }) => claim.id), said: broken[0]?.text ?? '' })
        const shortfall = faultShortfall({ red, cause }, outcomes)
        if (shortfall !== undefined) throw new Error(shortfall)
      },
      { within },
    )
  })
  const mended = await timed(async () => {
    await underWay.undo?.()
    await eventually(
      `all is green once ${name} is undone`,
      async () => {
        const left = (await look()).filter((outcome) => outcome.verdict === 'broken')
        if (left.length > 0) throw new Error(left.map(({ claim, text }) => `${claim.id}: ${text}`).join('\n'))
      },
      { within },
    )
  })
  delete underWay.fault
  delete underWay.undo
  const problems = [broken.problem, mended.problem].filter((problem) => problem !== undefined)
  return {
    fault: { name, sentence },
    ...state,
    red: broken.seconds,
    green: mended.seconds,
    shortfall: problems.length > 0 ? problems.join('\n') : undefined,
    mended: mended.problem === undefined,
  }
}
