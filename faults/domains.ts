import { checklist } from '../specs/support/checklist.ts'
import { alertClaims } from './matrix.ts'
import type { Fault } from './table.ts'

/** A part of the stack that can be broken without breaking the others: a failure domain. */
export type Domain = 'pods' | 'app' | 'metrics' | 'alerts' | 'dashboards' | 'logs'

const allDomains: readonly Domain[] = ['pods', 'app', 'metrics', 'alerts', 'dashboards', 'logs']
const domainsByArea: Readonly<Record<string, readonly Domain[]>> = {
  cluster: ['pods'],
  Prometheus: ['metrics'],
  metrics: ['metrics'],
  'custom metrics app': ['app'],
  configuration: ['metrics', 'alerts'],
  Alertmanager: ['alerts'],
  'alert delivery': ['alerts'],
  Grafana: ['dashboards'],
  'Grafana dashboards': ['dashboards'],
  OpenSearch: ['logs'],
  'OpenSearch Dashboards': ['logs'],
  Vector: ['logs'],
  logs: ['logs'],
  'log delivery': ['logs'],
  'log queries': ['logs'],
}

const domainsOfArea = (area: string): readonly Domain[] => domainsByArea[area] ?? allDomains

/** The failure domains of a fault: those of the claims that it turns red, and what else it disturbs. */
const domainsOf = ({ red, disturbs = [] }: Fault): readonly Domain[] => {
  if (disturbs === 'everything') return allDomains
  const areas = checklist.filter(({ id }) => red.includes(id)).map(({ area }) => area)
  return [...new Set([...areas.flatMap(domainsOfArea), ...disturbs])]
}

// Injecting or undoing a fault may replace pods, which the API server shows before the targets and metrics of Prometheus do,
// and may raise alerts of the chart. These claims are judged when all faults are undone.
const brokenByAnyFault: readonly string[] = [
  ...alertClaims,
  'cluster-pods',
  'cluster-pods-current',
  'prometheus-targets',
  'prometheus-inventory',
  'promql-pods',
  'promql-pods-by-namespace',
  'metrics-containers',
  'metrics-objects',
]

/** The claims to ignore while other faults are injected: those of their domains, and those that any of them may break. */
const claimsOfOthers = (fault: Fault, others: readonly Fault[]): readonly string[] => {
  if (others.length === 0) return []
  const held = others.flatMap(domainsOf)
  const theirs = checklist.filter(({ area }) => domainsOfArea(area).some((domain) => held.includes(domain)))
  const ids = [...theirs.map(({ id }) => id), ...brokenByAnyFault]
  return ids.filter((id) => !fault.red.includes(id))
}

/**
 * Injects faults side by side as long as no two have a failure domain in common; those with the most domains first.
 * @param tryOne injects and undoes a fault, ignoring the claims that `except` returns at that moment; resolves to false if
 *   the stack has not recovered
 * @returns the faults that were not injected, because the stack had not recovered from another
 */
export const injectSideBySide = async (
  faults: readonly Fault[],
  tryOne: (fault: Fault, except: () => readonly string[]) => Promise<boolean>,
): Promise<readonly Fault[]> => {
  let waiting = faults.toSorted((a, b) => domainsOf(b).length - domainsOf(a).length)
  let mayGoOn = true
  const injected = new Set<Fault>()
  const start = async (fault: Fault): Promise<void> => {
    waiting = waiting.filter((one) => one !== fault)
    injected.add(fault)
    const hasRecovered = await tryOne(fault, () =>
      claimsOfOthers(
        fault,
        [...injected].filter((one) => one !== fault),
      ),
    )
    // What is still broken must not be blamed on the faults beside it.
    if (hasRecovered) injected.delete(fault)
    else mayGoOn = false
    await startAll()
  }
  const startAll = async (): Promise<void> => {
    const started: Promise<void>[] = []
    for (const fault of mayGoOn ? waiting : []) {
      const held = [...injected].flatMap(domainsOf)
      if (!domainsOf(fault).some((domain) => held.includes(domain))) started.push(start(fault))
    }
    await Promise.all(started)
  }
  await startAll()
  return faults.filter((fault) => waiting.includes(fault))
}
