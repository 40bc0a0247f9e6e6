import type { Step } from '../lib/steps.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { ImageUse } from './images.ts'
import type { RecordedLook } from './recording.ts'
import type { PodTimeline } from './podTimelines.ts'

/** What is known once every claim is decided, or the run is interrupted. */
export type Decided = Readonly<{
  outcomes: readonly ClaimOutcome[]
  /** Errors outside of any claim, such as a spec file that cannot be loaded. */
  errors: readonly string[]
  /** The signal that ended the run. Claims without an outcome by then are "not run". */
  interruptedBy: string | undefined
}>

/** Everything that a report shows. */
export type RunResult = Decided &
  Readonly<{
    steps: readonly Step[]
    /** The name of the overlay's folder, if there is one. */
    overlay?: string
    /** As describeConfig() prints them. */
    settings: string
    /** Versions of tools, Kubernetes, charts and images by name. */
    versions: Readonly<Record<string, string>>
    pods: readonly PodTimeline[]
    images: readonly ImageUse[]
    /** ISO 8601. */
    finishedAt: string
    /** Path of the evidence's index.md; undefined if there is none. */
    evidence: string | undefined
    /** Present if the result comes from a recording instead of a cluster. */
    recording?: RecordedLook
  }>
