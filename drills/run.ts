import { messageOf } from '../lib/messages.ts'
import { eventually } from '../lib/eventually.ts'
import { unlessInterrupted } from '../lib/interrupt.ts'
import { startStepTimings } from '../lib/steps.ts'
import type { Config } from '../config/config.ts'
import type { Undo } from '../faults/change.ts'
import { injectNow } from '../faults/currentInjection.ts'
import { readBeginning } from '../setup/beginning.ts'
import type { Tools } from '../setup/tools.ts'
import type { ClaimOutcome, Clients } from '../specs/support/claim.ts'
import type { Suite } from '../specs/support/suite.ts'
import { installReleases } from '../upgrade/checkSteps.ts'
import { everythingBack } from './back.ts'
import { delayCauses, lossCauses } from './causes.ts'
import type { Drill, Ground } from './drill.ts'
import { lineCounter, linesFound, linesSettled } from '../upgrade/lines.ts'
import { startMeasuring } from './measure.ts'
import { collectNotifications } from './notifications.ts'
import type { DrillResult, Measured, Timeline } from './result.ts'
import { boundsOf, shortfallsOf } from './verdict.ts'

export type Arena = Readonly<{
  config: Config
  tools: Tools
  suite: Suite
  clients: Clients
  ground: Ground
  nodes: number
  /** Claims that are left out, because they expect one node of OpenSearch. */
  exceptClaims: readonly string[]
}>

export const brokenOf = (outcomes: readonly ClaimOutcome[]): readonly string[] =>
  outcomes.flatMap((outcome) =>
    outcome.verdict === 'broken' ? [`${outcome.claim.id}: ${outcome.text}`] : [],
  )

/** The claims that do not hold, tried with new emitters and new sample lines: an old line may be lost or doubled. */
const brokenClaims = async ({
  config,
  tools,
  suite,
  clients,
  exceptClaims,
}: Arena): Promise<readonly string[]> => {
  const timings = startStepTimings(() => {})
  const cluster = { config, tools, timings, suite }
  const renewed = await installReleases(cluster, clients.kubernetes, config.releases)
  return brokenOf(
    await suite.tryClaims({ ...renewed, began: await readBeginning(suite.run.servers) }, exceptClaims),
  )
}

/** Waits while something stays down for some seconds. */
const stayAway = (name: string, seconds: number): Promise<void> => {
  const until = performance.now() + seconds * 1000
  return eventually(
    `${name} has lasted ${seconds} s`,
    async () => {
      if (performance.now() < until) throw new Error('it has not')
    },
    { within: seconds * 1000 + 30_000 },
  )
}

// Milliseconds; beyond them, a drill is broken in any case.
const backWithin = 300_000
const foundWithin = 200_000

/**
 * Takes something away, brings it back and measures what is lost and how long everything takes.
 * @throws Error if the drill could not begin
 */
export const runDrill = async (drill: Drill, arena: Arena): Promise<DrillResult> => {
  const { config, suite, clients, ground, nodes } = arena
  const { name, sentence, holds, why, source: link, remedy, away = 0 } = drill
  const { query } = config.limits
  const source = { ...clients, runId: suite.run.id, timeField: 'event.ingested' } as const
  const baseline = await unlessInterrupted(linesSettled(source, ground.rate, query))
  const endMeasuring = await unlessInterrupted(startMeasuring(clients))
  const endNotifications = collectNotifications(clients.kubernetes)
  const began = performance.now()
  const beganAt = Date.now()
  const seconds = () => (performance.now() - began) / 1000
  const timeline: { -readonly [K in keyof Timeline]: Timeline[K] } = { stopped: 0, released: 0 }
  const problems: string[] = []
  const notes: string[] = []
  const attempt = (work: () => Promise<unknown>): Promise<boolean> =>
    unlessInterrupted(work()).then(
      () => true,
      (error: unknown) => {
        problems.push(messageOf(error))
        return false
      },
    )

  const injected: { undo?: Undo } = {}
  await attempt(async () => {
    injected.undo = await injectNow(name, () => drill.inject(ground))
    timeline.stopped = seconds()
    await stayAway(name, away)
    notes.push(...((await drill.look?.(ground)) ?? []))
  })
  timeline.stopped ||= seconds()
  await attempt(async () => injected.undo?.())
  timeline.released = seconds()
  const isBack = await attempt(() => everythingBack(clients.kubernetes, suite.run, backWithin))
  if (isBack) timeline.back = seconds()

  const lines = await unlessInterrupted(
    lineCounter(source, baseline)
      .then((count) => linesFound(count, foundWithin))
      .then(({ lines: counted, isSettled }) => {
        if (isSettled) timeline.caughtUp = seconds()
        return counted
      }, messageOf),
  )
  const figures = await unlessInterrupted(endMeasuring())
  const endedAt = Date.now()
  const causes =
    typeof lines === 'string'
      ? []
      : await lossCauses(clients, lines, beganAt, query).catch((error: unknown) => [messageOf(error)])
  const delays = await delayCauses(clients, beganAt).catch((error: unknown) => [messageOf(error)])

  const broken = await unlessInterrupted(brokenClaims(arena))
  problems.push(...broken)
  if (broken.length === 0) timeline.green = seconds()
  // Only now, since the last alerts take some seconds until they are resolved and reported.
  const measured: Measured = { ...figures, lines, notifications: endNotifications(endedAt) }
  const extent = { rate: ground.rate, nodes, seconds: timeline.back ?? seconds() }
  const bounds = boundsOf(drill, extent)
  const explanation = { causes, delays, ...(remedy === undefined ? {} : { remedy }) }
  const shortfalls = [...shortfallsOf(measured, timeline, bounds, explanation), ...problems]
  return {
    name,
    sentence,
    holds,
    why,
    ...(link === undefined ? {} : { source: link }),
    ...(remedy === undefined ? {} : { remedy }),
    verdict: shortfalls.length === 0 ? 'holds' : 'broken',
    shortfalls,
    notes: [...notes, ...causes],
    bounds,
    timeline,
    measured,
  }
}
