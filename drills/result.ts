import type { LineCount } from '../diagnosis/lineOracle.ts'
import type { EndpointOutages, Kept, ScrapeGap } from '../upgrade/result.ts'
import type { Bounds } from './drill.ts'

/** Seconds since the drill began. */
export type Timeline = Readonly<{
  /** When something had been taken away. */
  stopped: number
  /** When it was brought back. */
  released: number
  /** Everything is ready and answers; absent if that did not happen. */
  back?: number
  /** Every line that will be found is found. */
  caughtUp?: number
  /** Every claim holds again. */
  green?: number
}>

/** Seconds of each status of OpenSearch; `none` is no answer. */
export type Health = Readonly<Record<'green' | 'yellow' | 'red' | 'none', number>>

/** What became of the alerts that fired during a drill: the canary fires once in ten seconds. */
export type Notifications = Readonly<{ fired: number; unsent: number; sentTwice: number }>

/** What was measured while a drill took place; a text says why something could not be measured. */
export type Measured = Readonly<{
  lines: readonly LineCount[] | string
  endpoints: readonly EndpointOutages[]
  /** The longest first. */
  gaps: readonly ScrapeGap[] | string
  notifications: Notifications | string
  health: Health
  /** Log documents from before the drill. */
  documents: Kept
  /** Dashboards, data sources, index patterns and sessions that are gone. */
  missing: readonly string[] | string
}>

export type DrillResult = Readonly<{
  name: string
  sentence: string
  holds: string
  why: string
  source?: string
  remedy?: string
  verdict: 'holds' | 'broken'
  /** What is beyond its bound, with the cause if it is known. */
  shortfalls: readonly string[]
  /** Why lines were lost, even as many as may be, and what else was noted. */
  notes: readonly string[]
  bounds: Bounds
  timeline: Timeline
  measured: Measured
}>

/** Drills that did not take place, and why. */
export type NotRun = Readonly<{ names: readonly string[]; why: string }>

/** Everything about a run of drills. */
export type DrillsResult = Readonly<{
  rate: number
  seed: number
  drills: readonly DrillResult[]
  notRun: readonly NotRun[]
  seconds: number
  finishedAt: string
}>
