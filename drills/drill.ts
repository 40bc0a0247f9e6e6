import type { Live, Undo } from '../faults/change.ts'

/** The cluster that drills take place on. */
export type Ground = Live &
  Readonly<{
    /** Lines per second that each node writes. */
    rate: number
    /** Decides which node is hit, where any will do. */
    seed: number
  }>

/** What bounds may depend on. */
export type Extent = Readonly<{
  rate: number
  nodes: number
  /** Seconds until everything was back. */
  seconds: number
}>

/** How much may go wrong; everything else must not. */
export type Bounds = Readonly<{
  /** Lines of all nodes together. */
  lost: number
  doubled: number
  torn: number
  /** Seconds without an answer, by endpoint; `others` is for each that is not named. */
  outages: Readonly<Record<string, number>> & Readonly<{ others: number }>
  /** The longest time without a scrape of a job, in seconds. */
  scrapeGap: number
  /** Alerts that fired and were not reported, or more than once. */
  unsent: number
  sentTwice: number
  /** Seconds until a line of a worker was in OpenSearch. */
  workerDelay: number
  /** Seconds in which OpenSearch was red or gave no answer. */
  red: number
  /** Lower bounds, in seconds: the drill must have had its effect. */
  leastRed: number
  leastYellow: number
  /** Dashboards, data sources, index patterns and sessions that may be gone. */
  gone: readonly string[]
  /** Seconds until everything was back, and from then until every line was found. */
  back: number
  caughtUp: number
}>

/** One row of the table: what is done, and what must hold. */
export type Drill = Readonly<{
  name: string
  /** What is done. */
  sentence: string
  /** What must hold, in words; the bounds say how much may be missing. */
  holds: string
  bounds: (extent: Extent) => Partial<Bounds>
  /** Why no less can be promised. */
  why: string
  /** A link to the reason. */
  source?: string
  /** What to set to lose less. */
  remedy?: string
  /** It needs OpenSearch with three nodes. */
  threeNodes?: true
  /** Takes something away; the undo brings it back. */
  inject: (ground: Ground) => Promise<Undo>
  /** Seconds for which it stays down. */
  away?: number
  /** What to note while it is down, a sentence each. */
  look?: (ground: Ground) => Promise<readonly string[]>
}>
