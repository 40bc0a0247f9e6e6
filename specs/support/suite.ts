import { chai } from 'vitest'
import type { Config } from '../../config/config.ts'
import type { Releases } from '../../config/stacks.ts'
import { messageOf } from '../../lib/messages.ts'
import { setUp, teardown, type Run } from '../../setup/global.ts'
import { checklist } from './checklist.ts'
import {
  notRunReason,
  shareClients,
  waitForClaim,
  type ClaimOutcome,
  type Clients,
  type DeclaredClaim,
} from './claim.ts'

// As in vitest.config.ts, so that messages show whole values.
chai.config.truncateThreshold = 0

/** A cluster with every stack, whose claims can be tried repeatedly. */
export type Suite = Readonly<{
  run: Run
  /**
   * Tries all claims once, in parallel, as `npm test` does.
   * @param changes overrides of `run` for this time
   * @param except ids of claims that are left out
   */
  tryClaims: (changes?: Partial<Run>, except?: readonly string[]) => Promise<readonly ClaimOutcome[]>
  /** Deletes the cluster, unless it is kept. */
  close: () => Promise<void>
}>

const tryClaim = async (
  claim: DeclaredClaim,
  run: Run,
  connected: (run: Run) => Promise<Clients>,
): Promise<ClaimOutcome> => {
  const reason = notRunReason(claim, run)
  if (reason !== undefined) return { claim, verdict: 'not run', reason }
  const started = performance.now()
  const ended = await waitForClaim(claim, run, connected).then(
    (figures) => ({ verdict: 'holds' as const, ...(figures && { figures }) }),
    (error: unknown) => ({ verdict: 'broken' as const, text: messageOf(error) }),
  )
  return { claim, seconds: (performance.now() - started) / 1000, ...ended }
}

/** Tries all claims once, in parallel, as `npm test` does. The clients are those of the first run. */
export const claimTrials = (): ((
  run: Run,
  except?: readonly string[],
) => Promise<readonly ClaimOutcome[]>) => {
  const connected = shareClients()
  return (run, except = []) => {
    const tried = checklist.filter(({ id }) => !except.includes(id))
    return Promise.all(tried.map((claim) => tryClaim(claim, run, connected)))
  }
}

/**
 * Sets up the same as `npm test`, but without vitest: its workers start cold for every run, which costs 4 s of CPU for
 * each round of claims instead of half a second.
 * @param later what the stacks will be upgraded to
 */
export const startSuite = async (config: Config, later: readonly Releases[] = []): Promise<Suite> => {
  const run = await setUp(config, later)
  const tryAll = claimTrials()
  return {
    run,
    tryClaims: (changes = {}, except = []) => tryAll({ ...run, ...changes }, except),
    close: teardown,
  }
}
