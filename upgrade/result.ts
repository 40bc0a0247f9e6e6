import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { Step } from '../lib/steps.ts'
import type { Finding } from './findings.ts'
import type { CrdChange, ManifestChange } from './manifests.ts'

/** A chart that changes its version. */
export type VersionChange = Readonly<{ chart: string; from: string; to: string }>

/** An endpoint that did not answer for a while. */
export type Outage = Readonly<{
  endpoint: string
  /** Seconds since the first `helm upgrade` began. */
  from: number
  to: number
  /** What was seen first: `ECONNREFUSED`, `HTTP 503`. */
  seen: string
}>

/** How one endpoint came through the upgrade; it was asked once a second. */
export type EndpointOutages = Readonly<{
  endpoint: string
  url: string
  probes: number
  outages: readonly Outage[]
  /** Seconds: all outages together, and how long they may take. */
  seconds: number
  budget: number
}>

/** The longest time without any scrape of a job, in seconds. */
export type ScrapeGap = Readonly<{ job: string; seconds: number }>

/** Of the numbered lines that a node's emitter wrote across the upgrade. */
export type LineCount = Readonly<{ node: string; written: number; lost: number; doubled: number }>

/** How one `helm upgrade` went, until its workloads were ready. */
export type HelmRun = Readonly<{
  stack: string
  from: string
  to: string
  /** Seconds since the upgrade began. */
  begin: number
  seconds: number
  error?: string
}>

/** How many there were, and how many of them are left; a text is why they could not be counted. */
export type Kept = Readonly<{ before: number; after: number | string }>

/** What happened while the versions changed. */
export type Traffic = Readonly<{
  /** Seconds from the first `helm upgrade` until all was settled. */
  seconds: number
  helm: readonly HelmRun[]
  endpoints: readonly EndpointOutages[]
  /** A text is why it could not be counted. */
  gaps: readonly ScrapeGap[] | string
  lines: readonly LineCount[] | string
  /** Documents of the logs indices older than the upgrade. */
  documents: Kept
  /** Series that Prometheus had when the upgrade began. */
  series: Kept
}>

/** An entry of upgrade/expected.yaml that has no effect, and why. */
export type IdleEntry = Readonly<{ id: string; why: string }>

/** All that an upgrade check found out. */
export type UpgradeResult = Readonly<{
  upgrades: readonly VersionChange[]
  /** Why nothing can be concluded: the old versions did not pass. */
  invalid?: string
  /** What became of the claims with the old versions, the new ones, and the new ones on an empty cluster. */
  claims: Readonly<{
    before: readonly ClaimOutcome[]
    after?: readonly ClaimOutcome[]
    fresh?: readonly ClaimOutcome[]
  }>
  /** The worst first. */
  findings: readonly Finding[]
  idleEntries: readonly IdleEntry[]
  traffic?: Traffic
  manifests: readonly ManifestChange[]
  definitions: readonly CrdChange[]
  steps: readonly Step[]
  /** ISO 8601. */
  finishedAt: string
}>

/** Whether the answer to the question is no: something is worse than before, and nobody expected it. */
export const hasRegressions = ({ findings }: Pick<UpgradeResult, 'findings'>): boolean =>
  findings.some(({ verdict }) => verdict === 'new')
