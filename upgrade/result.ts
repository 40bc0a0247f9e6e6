import type { LineCount } from '../diagnosis/lineOracle.ts'
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

/** How many there were before, and how many are left, or why they could not be counted. */
export type Kept = Readonly<{ before: number; after: number | string }>

/** What pods of Vector on a node logged about events that they dropped. */
export type Drop = Readonly<{ node: string; message: string; remedy?: string }>

/** What happened while the versions changed. */
export type Traffic = Readonly<{
  /** Seconds until everything was ready again. */
  seconds: number
  helm: readonly HelmRun[]
  endpoints: readonly EndpointOutages[]
  /** The longest first, or why they could not be counted. */
  gaps: readonly ScrapeGap[] | string
  /** What became of the numbered lines that each node wrote, or why they could not be counted. */
  lines: readonly LineCount[] | string
  drops: readonly Drop[]
  /** Log documents from before the upgrade. */
  documents: Kept
  /** Prometheus series from before the upgrade. */
  series: Kept
}>

/** Whether the old version of a chart works again after `helm rollback`. */
export type Rollback = Readonly<{
  chart: string
  /** The new version, and the old one. */
  from: string
  to: string
  /** `not tried`: the chart was not upgraded. */
  verdict: 'goes back' | 'goes back with loss' | 'does not go back' | 'not tried'
  /** Why it does not go back, or why that was not tried. */
  why?: string
  /** What does not work or is missing afterwards, a sentence each. */
  loss: readonly string[]
  /** What stays at the new version, a sentence each: CustomResourceDefinitions. */
  stays: readonly string[]
  remedy: string
  /** Until its workloads were ready, or until that failed. */
  seconds: number
}>

/** Whether a version breaks what the last version of a range breaks. */
export type Trial = Readonly<{
  version: string
  verdict: 'works' | 'breaks' | 'cannot be tested'
  /** Ids of the regressions that the last version has too. */
  shared: readonly string[]
  /** Ids of other regressions. */
  others: readonly string[]
  /** Why it cannot be tested. */
  why?: string
  seconds: number
}>

/** The search for the first version that breaks what the last one breaks. */
export type Bisection = Readonly<{
  chart: string
  /** The oldest first; the check starts from the first one. */
  versions: readonly string[]
  /** In the order in which they were tried: the last version first. */
  trials: readonly Trial[]
}>

/** An entry of upgrade/expected.yaml, or of accepted.yaml of the overlay, that has no effect, and why. */
export type IdleEntry = Readonly<{ id: string; why: string; at?: string }>

/** The result of an upgrade check. */
export type UpgradeResult = Readonly<{
  upgrades: readonly VersionChange[]
  /** The name of the overlay's folder, if there is one. */
  overlay?: string
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
  /** With --rollback. */
  rollbacks?: readonly Rollback[]
  /** With --bisect; everything else is about the last version. */
  bisection?: Bisection
  steps: readonly Step[]
  /** ISO 8601. */
  finishedAt: string
}>

/** Whether something is worse than before and not accepted. */
export const hasRegressions = ({ findings }: Pick<UpgradeResult, 'findings'>): boolean =>
  findings.some(({ verdict }) => verdict === 'new')
