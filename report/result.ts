import type { Step } from '../lib/steps.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { PodTimeline } from './pods.ts'

/** All that a report is made of. */
export type RunResult = Readonly<{
  outcomes: readonly ClaimOutcome[]
  /** What went wrong outside of any claim: a spec file that cannot be loaded, say. */
  errors: readonly string[]
  /** The signal that cut the run short: the claims that had no outcome by then are "not run". */
  interruptedBy: string | undefined
  steps: readonly Step[]
  /** As describeConfig() prints them. */
  settings: string
  /** Of tools, Kubernetes, charts and images; by name. */
  versions: Readonly<Record<string, string>>
  pods: readonly PodTimeline[]
  /** ISO 8601. */
  finishedAt: string
  /** Path of the evidence's index.md from the working folder; undefined where nothing is broken. */
  evidence: string | undefined
}>
