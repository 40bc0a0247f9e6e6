import type { V1Node } from '@kubernetes/client-node'
import type { Prometheus, Sample } from '../clients/prometheus.ts'
import { describeSeconds } from '../lib/progress.ts'

/** One clock as this machine saw it: all in milliseconds, the first three since 1970. */
export type Reading = Readonly<{
  /** `the API server` */
  whose: string
  asked: number
  answered: number
  time: number
  /** How much later than `time` the clock may have stood: a second for a header that has only seconds. */
  coarseness: number
}>

/** How far a clock is ahead of this machine's, and by how much that may be wrong: half the round trip and the coarseness. */
type Offset = Readonly<{ whose: string; ms: number; error: number }>

export const offsetOf = ({ whose, asked, answered, time, coarseness }: Reading): Offset => ({
  whose,
  ms: time + coarseness / 2 - (asked + answered) / 2,
  error: (answered - asked + coarseness) / 2,
})

const tolerance = 5000
const differ = (a: Offset, b: Offset): boolean => Math.abs(a.ms - b.ms) - a.error - b.error > tolerance

const amount = (ms: number): string =>
  `${describeSeconds(Math.abs(ms) / 1000)} ${ms > 0 ? 'ahead of' : 'behind'}`

/** Where the cluster runs: whether its kernel, and so its clock, is that of this machine. */
export type Kernels = Readonly<{ here: string; nodes: readonly string[] }>

const here = 'this machine'

const remedyOf = (whose: string, { here: own, nodes }: Kernels): string => {
  const isVirtual = nodes.length > 0 && !nodes.includes(own)
  if (!isVirtual)
    return whose === here
      ? `the nodes have the kernel of this machine (${own}), and so its clock: the program sees another time than the kernel; compare \`date\` with the clock of a node, and run without what changes it, such as faketime`
      : `synchronise the clock of the machine that runs ${whose}, for example with \`chronyc makestep\`, then restart ${whose}`
  return (
    `Docker runs in a virtual machine (its kernel is ${nodes[0]}, this machine's ${own}), whose clock stops while the computer sleeps: ` +
    'restart Docker Desktop, or on Windows run `wsl --shutdown` and start it again; if this machine itself is wrong, synchronise it first'
  )
}

/**
 * Which clocks are more than five seconds apart. The clock that most others contradict is named; this machine's if all
 * others agree with one another.
 */
export const clockShortfalls = (readings: readonly Reading[], kernels: Kernels): readonly string[] => {
  const own: Offset = { whose: here, ms: 0, error: 0 }
  const clocks = [own, ...readings.map(offsetOf)]
  const opponents = (clock: Offset) => clocks.filter((other) => differ(clock, other))
  const sound = clocks.filter((clock) => opponents(clock).length <= (clocks.length - 1) / 2)
  return clocks.flatMap((clock) => {
    const others = opponents(clock)
    // With two clocks, nobody can say which one is wrong: the one that is not here is named.
    const isOutlier = others.length > (clocks.length - 1) / 2 && (clock !== own || clocks.length > 2)
    if (!isOutlier) return []
    const reference = sound.find((other) => others.includes(other)) ?? others[0] ?? own
    const agreeing = others.map(({ whose }) => whose).join(', ')
    return [
      `the clock of ${clock.whose} is ${amount(clock.ms - reference.ms)} that of ${agreeing}\n` +
        `  what one writes now lies outside the time range that the other asks for: dashboards say "No data"\n` +
        `  remedy: ${remedyOf(clock.whose, kernels)}`,
    ]
  })
}

/** Reads a clock, and when it was asked. */
export const readClock = async (
  whose: string,
  coarseness: number,
  read: () => Promise<number>,
): Promise<Reading> => {
  const asked = Date.now()
  const time = await read()
  return { whose, asked, answered: Date.now(), time, coarseness }
}

/**
 * The clocks of the nodes, from how far each was from Prometheus' own when node-exporter was last scraped.
 * @param ahead `node_time_seconds - timestamp(node_time_seconds)`
 */
export const nodeReadings = (
  prometheus: Reading,
  ahead: readonly Sample[],
  nodes: readonly V1Node[],
): readonly Reading[] =>
  ahead.map(({ labels, value }) => {
    const address = labels['instance']?.replace(/:\d+$/, '') ?? ''
    const node = nodes.find(({ status }) => status?.addresses?.some((one) => one.address === address))
    return {
      ...prometheus,
      whose: `node ${node?.metadata?.name ?? address}`,
      time: prometheus.time + value * 1000,
      // The exporter reads its clock somewhere within the scrape.
      coarseness: 1000,
    }
  })

/** The clocks of Prometheus and of every node that it scrapes. */
export const prometheusClocks = async (
  prometheus: Prometheus,
  nodes: readonly V1Node[],
): Promise<readonly Reading[]> => {
  const [own, ahead] = await Promise.all([
    readClock(
      'Prometheus',
      0,
      async () => ((await prometheus.query('vector(time())'))[0]?.value ?? 0) * 1000,
    ),
    prometheus.query('node_time_seconds - timestamp(node_time_seconds)'),
  ])
  return [own, ...nodeReadings(own, ahead, nodes)]
}
