import type { Labels } from '../clients/prometheus.ts'

/** An alert that may be pending or firing on a healthy stack, as long as its reason holds. */
export type ExpectedAlert = Readonly<{
  alert: string
  /** The rule group that the chart defines it in: if the group is loaded without the alert, this entry is stale. */
  group: string
  reason: string
  /**
   * Expression whose series say where the reason holds: the alert is expected if one has the same value for each of `on`.
   * Without one, the alert is always expected.
   */
  holds?: Readonly<{ expr: string; on: readonly string[] }>
}>

/** More processes are ready to run than the node has processors, on average over the last minute. */
const busy = {
  group: 'node-exporter',
  reason:
    'the nodes share the processors of one machine, which is busy while the stacks start and the claims run',
  holds: {
    expr: 'node_load1 / on (instance) count by (instance) (node_cpu_seconds_total{mode="idle"}) > 1',
    on: ['instance'],
  },
} as const

/** Measured three minutes after the start of a healthy stack, on two cores. */
export const expectedAlerts: readonly ExpectedAlert[] = [
  {
    alert: 'Watchdog',
    group: 'general.rules',
    reason: 'it always fires, to prove that alerts arrive',
  },
  {
    alert: 'InfoInhibitor',
    group: 'general.rules',
    reason: 'it accompanies every alert of severity info, which is judged itself',
    holds: { expr: 'group by (namespace) (ALERTS{severity="info"})', on: ['namespace'] },
  },
  {
    alert: 'NodeClockNotSynchronising',
    group: 'node-exporter',
    reason: 'the nodes are containers, and nothing synchronises the kernel clock that they see',
    holds: { expr: 'node_timex_sync_status == 0', on: ['instance'] },
  },
  { alert: 'NodeSystemSaturation', ...busy },
  { alert: 'NodeCPUHighUsage', ...busy },
]

/** Alerts of the harness itself: other claims follow them. */
export const isOwnAlert = ({ alertname = '' }: Labels): boolean => alertname.startsWith('E2E')
