import { chai } from 'vitest'
import type { ClaimOutcome } from './checklist.ts'
import type { Config } from '../../config/config.ts'
import { setUp, teardown, type Run } from '../../setup/global.ts'
import { messageOf } from '../../lib/messages.ts'
import { checklist, type Claim } from './checklist.ts'
import { waitForClaim, connect, statements, type Clients } from './claim.ts'
// What they state is then in `statements`.
import './all.ts'

// As in vitest.config.ts: a message has all that was seen.
chai.config.truncateThreshold = 0

/** Claims on a cluster that stands: all of them, as often as one likes. */
export type Suite = Readonly<{
  run: Run
  /**
   * One look at all claims as `npm test` has them, side by side.
   * @param changes what is different now of the run that the specs know
   */
  look: (changes?: Partial<Run>) => Promise<readonly ClaimOutcome[]>
  /** What the last step of `npm test` does: deletes the cluster, unless it is to be kept. */
  close: () => Promise<void>
}>

const lookAt = async (claim: Claim, run: Run, connected: () => Promise<Clients>): Promise<ClaimOutcome> => {
  const statement = statements.find(({ id }) => id === claim.id)
  if (!statement) return { claim, verdict: 'broken', seconds: 0, text: 'no spec states this claim' }
  const started = performance.now()
  const text = await waitForClaim(statement, run, connected).then(() => undefined, messageOf)
  const seconds = (performance.now() - started) / 1000
  return text === undefined
    ? { claim, verdict: 'holds', seconds }
    : { claim, verdict: 'broken', seconds, text }
}

/**
 * Sets up what `npm test` sets up. It does so without vitest, whose workers last for one run and are cold each time: a
 * look then takes 4 s of CPU instead of half a second.
 */
export const startSuite = async (config: Config): Promise<Suite> => {
  const run = await setUp(config)
  const shared: { clients?: Promise<Clients> } = {}
  const connected = () => (shared.clients ??= connect(run))
  const look = (changes: Partial<Run> = {}) => {
    const now = { ...run, ...changes }
    return Promise.all(checklist.map((claim) => lookAt(claim, now, connected)))
  }
  return { run, look, close: teardown }
}
