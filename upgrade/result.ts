import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { Step } from '../lib/steps.ts'
import type { Finding } from './findings.ts'
import type { CrdChange, ManifestChange } from './manifests.ts'

/** A chart and its versions. */
export type VersionChange = Readonly<{ chart: string; from: string; to: string }>

export type Outage = Readonly<{
  endpoint: string
  /** Seconds since the first `helm upgrade` began. */
  from: number
  to: number
  /** The first error: `ECONNREFUSED`, `HTTP 503`. */
  seen: string
}>

/** The outages of one endpoint, requested once a second. */
export type EndpointOutages = Readonly<{
  endpoint: string
  url: string
  probes: number
  outages: readonly Outage[]
  /** Seconds: the total of all outages, and how much is allowed. */
  seconds: number
  budget: number
}>

/** The longest time without a scrape of a job, in seconds. */
export type ScrapeGap = Readonly<{ job: string; seconds: number }>

/** What became of the numbered lines that a node's emitter wrote during the upgrade. */
export type LineCount = Readonly<{ node: string; written: number; lost: number; doubled: number }>

/** One `helm upgrade`, until its workloads were ready. */
export type HelmRun = Readonly<{
  stack: string
  from: string
  to: string
  /** Seconds since the upgrade began. */
  begin: number
  seconds: number
  error?: string
}>

/** How many there were, and how many are left, or why they could not be counted. */
export type Kept = Readonly<{ before: number; after: number | string }>

/** What happened while the versions changed. */
export type Traffic = Readonly<{
  /** Seconds until everything was ready again. */
  seconds: number
  helm: readonly HelmRun[]
  endpoints: readonly EndpointOutages[]
  /** The longest first, or why they could not be counted. */
  gaps: readonly ScrapeGap[] | string
  /** Or why they could not be counted. */
  lines: readonly LineCount[] | string
  /** Log documents from before the upgrade. */
  documents: Kept
  /** Prometheus series from before the upgrade. */
  series: Kept
}>

/** An entry of upgrade/expected.yaml that has no effect, and why. */
export type IdleEntry = Readonly<{ id: string; why: string }>

/** The result of an upgrade check. */
export type UpgradeResult = Readonly<{
  upgrades: readonly VersionChange[]
  /** Why nothing can be concluded, if so. */
  invalid?: string
  /** The claims with the old versions, after the upgrade, and with the new versions on an empty cluster. */
  claims: Readonly<{
    before: readonly ClaimOutcome[]
    after?: readonly ClaimOutcome[]
    fresh?: readonly ClaimOutcome[]
  }>
  /** The worst first. */
  findings: readonly Finding[]
  idleEntries: readonly IdleEntry[]
  notChecked?: readonly Readonly<{ what: string; why: string }>[]
  traffic?: Traffic
  manifests: readonly ManifestChange[]
  definitions: readonly CrdChange[]
  steps: readonly Step[]
  /** ISO 8601. */
  finishedAt: string
}>

/** Whether something is worse than before and not accepted. */
export const hasRegressions = ({ findings }: Pick<UpgradeResult, 'findings'>): boolean =>
  findings.some(({ verdict }) => verdict === 'new')
