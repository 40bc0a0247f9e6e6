import { expect } from 'vitest'
import { isStack } from '../config/config.ts'
import { conflictingRules } from '../diagnosis/conflictingRules.ts'
import { explainTargets } from '../diagnosis/networkFaults.ts'
import { jobNames } from '../diagnosis/writtenConfig.ts'
import { explainBackends } from '../diagnosis/services.ts'
import { expectedPools, readMonitoredCluster } from '../diagnosis/serviceMonitors.ts'
import { area, expectNone } from './support/claim.ts'
import { statedQueries } from './support/statedQueries.ts'
import { inventory, jobShortfalls, targetShortfalls } from '../diagnosis/targets.ts'

const testClaim = area('Prometheus', ['kube-prometheus-stack'])

testClaim(
  'prometheus-page',
  'the page and the API answer on the host port',
  { items: [1] },
  async ({ prometheus }) => {
    expect(await prometheus.page()).toContain('text/html')
    expect(await prometheus.version()).toMatch(/^3\./)
  },
)

testClaim(
  'prometheus-targets',
  'every monitor, Probe and ScrapeConfig has its targets, every target is up, and no monitor has an unexpected one',
  { items: [2] },
  async ({ kubernetes, prometheus, components }) => {
    const [cluster, targets, config] = await Promise.all([
      readMonitoredCluster(kubernetes, components.prometheus),
      prometheus.targets(),
      prometheus.loadedConfig(),
    ])
    const pools = expectedPools(cluster)
    const unready = pools.filter((pool) => pool.unready).flatMap(({ services }) => services)
    expectNone([
      ...targetShortfalls(pools, targets, jobNames(config)),
      ...(await explainTargets(kubernetes, targets)),
      ...(await explainBackends(kubernetes, [...new Set(unready.map(({ service }) => service))])),
    ])
  },
)

testClaim(
  'prometheus-inventory',
  'every job has its number of targets, 37 of the stacks and 2 of the app',
  { items: [2] },
  async ({ kubernetes, prometheus, components }, run) => {
    const [cluster, targets] = await Promise.all([
      readMonitoredCluster(kubernetes, components.prometheus),
      prometheus.targets(),
    ])
    const expected = Object.entries(inventory).filter(([job]) => !isStack(job) || run.stacks.includes(job))
    // All other jobs belong to the overlay; prometheus-targets covers them. A kept cluster may have stacks that are left out.
    const isCounted = (job: string) =>
      isStack(job) ? run.stacks.includes(job) : !run.overlay || job in inventory
    const counted = targets.filter(({ labels }) => isCounted(labels['job'] ?? ''))
    const shortfalls = jobShortfalls(Object.fromEntries(expected), expectedPools(cluster), counted)
    expectNone([
      ...shortfalls.map(({ text }) => text),
      ...(await explainBackends(
        kubernetes,
        shortfalls.flatMap(({ services }) => services),
      )),
    ])
  },
)

testClaim(
  'prometheus-rules',
  'every alerting and recording rule evaluates without error, and no two record different values for one series',
  {},
  async ({ prometheus }) => {
    const rules = await prometheus.rules()
    expect(rules.length, 'rules that Prometheus has loaded').toBeGreaterThan(0)
    const failing = rules.filter(({ health }) => health === 'err')
    // Some groups are evaluated only every few minutes; until then, we evaluate their rules.
    const waiting = rules.filter(({ health }) => health === 'unknown')
    const asked = await Promise.all(
      waiting.map(async (rule) => {
        const lastError = await prometheus.query(rule.query).then(
          () => '',
          (error: unknown) => String(error),
        )
        return { ...rule, lastError }
      }),
    )
    const notEvaluated = [...failing, ...asked.filter(({ lastError }) => lastError !== '')].map(
      ({ group, name, lastError }) =>
        `rule ${name} of group ${group} cannot be evaluated: ${lastError}\n  remedy: correct its PrometheusRule; \`kubectl get prometheusrules -A\` lists them`,
    )
    expectNone([...notEvaluated, ...(await conflictingRules(rules, prometheus.query))])
  },
)

testClaim(
  'promql-pods',
  'count(kube_pod_info) is the number of pods in the API',
  {},
  async ({ kubernetes, prometheus }) => {
    const [pods, counted] = await Promise.all([
      kubernetes.core.listPodForAllNamespaces(),
      prometheus.query(statedQueries['promql-pods']),
    ])
    const [count] = counted
    if (!count) throw new Error('kube_pod_info has no series: is kube-state-metrics up and scraped?')
    expect(count.value, 'count(kube_pod_info), compared with the pods in the API').toBe(pods.items.length)
  },
)

testClaim(
  'promql-pods-by-namespace',
  'count by (namespace) (kube_pod_info) is the same for each namespace',
  {},
  async ({ kubernetes, prometheus }) => {
    const [pods, counted] = await Promise.all([
      kubernetes.core.listPodForAllNamespaces(),
      prometheus.query(statedQueries['promql-pods-by-namespace']),
    ])
    const byNamespace = Object.entries(
      Object.groupBy(pods.items, ({ metadata }) => metadata?.namespace ?? ''),
    )
    const inPrometheus = new Map(counted.map(({ labels, value }) => [labels['namespace'], value]))
    const inApi = new Map(byNamespace.map(([namespace, items = []]) => [namespace, items.length]))
    expectNone(
      [...new Set([...inApi.keys(), ...inPrometheus.keys()])]
        .filter((namespace) => inPrometheus.get(namespace) !== inApi.get(namespace ?? ''))
        .map(
          (namespace) =>
            `namespace ${namespace}: ${inPrometheus.get(namespace) ?? 0} pods in Prometheus, ${inApi.get(namespace ?? '') ?? 0} in the API`,
        ),
    )
  },
)

testClaim(
  'promql-node-cpu',
  'CPU use by instance has a series between 0 and 100 % for each node',
  {},
  async ({ kubernetes, prometheus }) => {
    const [busy, { items: nodes }] = await Promise.all([
      prometheus.query(statedQueries['promql-node-cpu']),
      kubernetes.core.listNode(),
    ])
    if (busy.length !== nodes.length) {
      const instances = busy.map(({ labels }) => labels['instance'] ?? 'no instance')
      throw new Error(
        `${busy.length} series, one for each of ${nodes.length} nodes expected: ${instances.join(', ') || 'none'}\n` +
          '  remedy: metrics-nodes says which node job node-exporter lacks',
      )
    }
    expectNone(
      busy
        .filter(({ value }) => !(value >= 0 && value <= 100))
        .map(({ labels, value }) => `${labels['instance']}: ${value} % is not between 0 and 100`),
    )
  },
)
