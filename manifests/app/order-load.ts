import type { Outcome } from './place-order.ts'

/** So many orders wait at once at most: an app that hangs must not be buried under connections. */
const mostInFlight = 60

/**
 * A load that counts how its orders came out.
 * @param placeOrder never rejects
 */
export const createOrderLoad = (placeOrder: () => Promise<Outcome>) => {
  let inFlight = 0
  let skipped = 0
  let outcomes: Outcome[] = []

  /** Starts one order, unless too many are in flight. */
  const startOrder = () => {
    if (inFlight >= mostInFlight) {
      skipped += 1
      return
    }
    inFlight += 1
    void placeOrder().then((outcome) => {
      inFlight -= 1
      outcomes.push(outcome)
    })
  }

  /** One line about what came out since the last summary. */
  const summary = () => {
    const counts = (answered: boolean) => {
      const some = outcomes.filter((outcome) => outcome.answered === answered).map(({ what }) => what)
      const kinds = Map.groupBy(some.toSorted(), (what) => what)
      const each = [...kinds].map(([what, all]) => `${what} ${all.length}`).join(', ')
      return `${some.length}${each && ` (${each})`}`
    }
    const ended = `orders answered: ${counts(true)}, unanswered: ${counts(false)}`
    const line = `${ended}, in flight: ${inFlight}, left out: ${skipped}`
    outcomes = []
    skipped = 0
    return line
  }

  return { startOrder, summary }
}
