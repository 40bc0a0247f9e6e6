import { chai } from 'vitest'
import type { Config } from '../../config/config.ts'
import { messageOf } from '../../lib/messages.ts'
import { setUp, teardown, type Run } from '../../setup/global.ts'
import { checklist } from './checklist.ts'
import { shareClients, waitForClaim, type ClaimOutcome, type Clients, type DeclaredClaim } from './claim.ts'

// As in vitest.config.ts: a message shows the whole value.
chai.config.truncateThreshold = 0

/** A cluster with every stack on it, and its claims, to be tried as often as needed. */
export type Suite = Readonly<{
  run: Run
  /**
   * Tries all claims once, side by side, as `npm test` does.
   * @param changes what differs from `run` this time
   */
  tryClaims: (changes?: Partial<Run>) => Promise<readonly ClaimOutcome[]>
  /** Deletes the cluster, unless it is kept. */
  close: () => Promise<void>
}>

const tryClaim = async (
  claim: DeclaredClaim,
  run: Run,
  connected: (run: Run) => Promise<Clients>,
): Promise<ClaimOutcome> => {
  const started = performance.now()
  const text = await waitForClaim(claim, run, connected).then(() => undefined, messageOf)
  const seconds = (performance.now() - started) / 1000
  return text === undefined
    ? { claim, verdict: 'holds', seconds }
    : { claim, verdict: 'broken', seconds, text }
}

/**
 * Sets up what `npm test` sets up, without vitest: its workers last for one run and start cold each time, which costs
 * 4 s of CPU for each round of claims instead of half a second.
 */
export const startSuite = async (config: Config): Promise<Suite> => {
  const run = await setUp(config)
  const connected = shareClients()
  const tryClaims = (changes: Partial<Run> = {}) => {
    const now = { ...run, ...changes }
    return Promise.all(checklist.map((claim) => tryClaim(claim, now, connected)))
  }
  return { run, tryClaims, close: teardown }
}
