import { openSearchClient } from '../clients/opensearch.ts'
import type { Config } from '../config/config.ts'
import { stackOf } from '../config/stacks.ts'
import { unlessInterrupted } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import type { StepTimings } from '../lib/steps.ts'
import { nodeCount } from '../setup/cluster.ts'
import type { Tools } from '../setup/tools.ts'
import { shareClients } from '../specs/support/claim.ts'
import { startSuite } from '../specs/support/suite.ts'
import type { DrillsArguments } from './arguments.ts'
import type { Drill } from './drill.ts'
import type { DrillResult, NotRun } from './result.ts'
import { brokenOf, runDrill, type Arena } from './run.ts'
import { startWriters } from '../setup/logWriters.ts'

type Setting = Readonly<{
  config: Config
  tools: Tools
  timings: StepTimings
  /** Called after each drill. */
  report: (result: DrillResult) => Promise<void>
}>

/** One round of drills: what they found, and why the others did not take place. */
export type Round = Readonly<{ results: readonly DrillResult[]; notRun: readonly NotRun[] }>

const threeNodes = 'values/opensearch.three.yaml'
// Claims that expect one node: with three, the replicas of the logs indices are assigned.
const oneNodeClaims = ['opensearch-pod', 'opensearch-yellow', 'opensearch-unassigned']

const withThreeNodes = (config: Config): Config => ({
  ...config,
  releases: {
    ...config.releases,
    opensearch: {
      version: stackOf('opensearch').chart?.version ?? '',
      values: [threeNodes, ...[config.overlay?.values.opensearch ?? []].flat()],
    },
  },
})

/** Runs drills one after the other until the stack does not recover from one. */
const runAll = async (
  chosen: readonly Drill[],
  arena: Arena,
  { timings, report }: Setting,
): Promise<Round> => {
  const results: DrillResult[] = []
  const skip = (from: number, why: string): readonly NotRun[] => {
    const names = chosen.slice(from).map(({ name }) => name)
    return names.length === 0 ? [] : [{ names, why }]
  }
  for (const [index, drill] of chosen.entries()) {
    try {
      const result = await timings.step(drill.name, () => runDrill(drill, arena))
      results.push(result)
      await report(result)
      if (result.timeline.green === undefined)
        return { results, notRun: skip(index + 1, `the stack has not recovered from ${drill.name}`) }
    } catch (error) {
      return { results, notRun: skip(results.length, messageOf(error)) }
    }
  }
  return { results, notRun: [] }
}

/** Sets up a cluster for drills of one kind, runs them and deletes it. */
const runRound = async (
  chosen: readonly Drill[],
  given: DrillsArguments,
  setting: Setting,
): Promise<Round> => {
  const [first] = chosen
  if (first === undefined) return { results: [], notRun: [] }
  const config = first.threeNodes ? withThreeNodes(setting.config) : setting.config
  const exceptClaims = first.threeNodes ? oneNodeClaims : []
  const { limits, cluster } = config
  const suite = await unlessInterrupted(startSuite(config))
  const broken = brokenOf(await unlessInterrupted(suite.tryClaims({}, exceptClaims)))
  const round = async (): Promise<Round> => {
    if (broken.length > 0) throw new Error(`not all claims held before the first drill\n${broken.join('\n')}`)
    const clients = await shareClients()(suite.run)
    const nodes = await nodeCount()
    await setting.timings.step('log writers', () =>
      startWriters(clients.kubernetes, suite.run.id, given.rate, nodes, limits.ready),
    )
    const ground = {
      kubernetes: clients.kubernetes,
      opensearch: openSearchClient(clients.servers.opensearch),
      dashboards: clients.dashboards,
      grafana: clients.grafana,
      cluster,
      within: limits.query,
      rate: given.rate,
      seed: given.seed,
    }
    return runAll(chosen, { ...setting, config, suite, clients, ground, nodes, exceptClaims }, setting)
  }
  const result = await unlessInterrupted(
    round().catch((error: unknown) => ({
      results: [],
      notRun: [{ names: chosen.map(({ name }) => name), why: messageOf(error) }],
    })),
  )
  await suite.close()
  return result
}

/** Runs the chosen drills; those with three nodes of OpenSearch on a cluster of their own, after the others. */
export const runDrills = async (given: DrillsArguments, setting: Setting): Promise<Round> => {
  const isThree = (drill: Drill) => drill.threeNodes === true
  const one = await runRound(
    given.chosen.filter((drill) => !isThree(drill)),
    given,
    setting,
  )
  const three = await runRound(given.chosen.filter(isThree), given, setting)
  return { results: [...one.results, ...three.results], notRun: [...one.notRun, ...three.notRun] }
}
