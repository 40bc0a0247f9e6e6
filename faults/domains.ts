import { checklist } from '../specs/support/checklist.ts'
import { alarms } from './matrix.ts'
import type { Fault } from './table.ts'

/** A part of the stack that can be broken without breaking the others: a failure domain. */
type Domain = 'pods' | 'metrics' | 'alerts' | 'dashboards' | 'logs'

const logs: readonly Domain[] = ['logs']
const domainsByArea: Readonly<Record<string, readonly Domain[]>> = {
  cluster: ['pods'],
  Prometheus: ['metrics'],
  Metrics: ['metrics'],
  'custom metrics app': ['metrics'],
  configuration: ['metrics', 'alerts'],
  Alertmanager: ['alerts'],
  'alert delivery': ['alerts'],
  Grafana: ['dashboards'],
  'Grafana dashboards': ['dashboards'],
  OpenSearch: logs,
  'OpenSearch Dashboards': logs,
  Vector: logs,
  logs,
  'log delivery': logs,
  'log queries': logs,
}
const everything: readonly Domain[] = ['pods', 'metrics', 'alerts', 'dashboards', 'logs']

const domainsOfArea = (area: string): readonly Domain[] => domainsByArea[area] ?? everything

/** The failure domains of a fault: those of the claims that it turns red, or all. */
const domainsOf = ({ red, alone }: Fault): readonly Domain[] => {
  if (alone === true) return everything
  const areas = checklist.filter(({ id }) => red.includes(id)).map(({ area }) => area)
  return [...new Set(areas.flatMap(domainsOfArea))]
}

/** The claims that cannot be judged while other faults are injected: theirs and, unless it is its own, the alarms. */
const claimsOfOthers = ({ red }: Fault, others: readonly Fault[]): readonly string[] => {
  if (others.length === 0) return []
  const held = others.flatMap(domainsOf)
  const theirs = checklist.filter(({ area }) => domainsOfArea(area).some((domain) => held.includes(domain)))
  return [...theirs.map(({ id }) => id), ...alarms.filter((id) => !red.includes(id))]
}

/**
 * Injects faults side by side as long as no two have a failure domain in common; those with the most domains first.
 * @param tryOne tries a fault without the claims that `except` returns; resolves to false if no other may be injected
 * @returns the faults that were not injected
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
    const others = () => [...injected].filter((one) => one !== fault)
    mayGoOn = (await tryOne(fault, () => claimsOfOthers(fault, others()))) && mayGoOn
    injected.delete(fault)
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
