import type { Outcome } from './place-order.ts'

/** A limit, so that an app that hangs is not flooded with connections. */
const mostInFlight = 60

/**
 * Places orders and counts their outcomes.
 * @param placeOrder never rejects
 */
export const createOrderLoad = (placeOrder: () => Promise<Outcome>) => {
  let inFlight = 0
  let skipped = 0
  let outcomes: Outcome[] = []

  /** Places one order, unless too many are in flight. */
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

  /** The outcomes since the last summary, in one line. */
  const summary = () => {
    const counts = (answered: boolean) => {
      const some = outcomes.filter((outcome) => outcome.answered === answered).map(({ what }) => what)
      const kinds = Map.groupBy(some.toSorted(), (what) => what)
      const each = [...kinds].map(([what, all]) => `${what} ${all.length}`).join(', ')
      return `${some.length}${each && ` (${each})`}`
    }
    const ended = `orders answered: ${counts(true)}, unanswered: ${counts(false)}`
    const line = `${ended}, in flight: ${inFlight}, skipped: ${skipped}`
    outcomes = []
    skipped = 0
    return line
  }

  return { startOrder, summary }
}
