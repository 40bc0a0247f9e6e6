import { basename } from 'node:path'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { LoadedGroup, Prometheus } from '../clients/prometheus.ts'
import { describeTime, lastChange } from './lastChange.ts'
import { listObjects, nameOf, ruleFileOf, ruleKind, type MonitoringObject } from './monitoringObjects.ts'

type WantedRule = Readonly<{ alert?: string; record?: string; expr: string | number }>
type WantedGroup = Readonly<{ name: string; rules?: readonly WantedRule[] }>

/** `<file>/<group>` of every loaded group, as in `partsOf` of monitoringObjects.ts. */
export const loadedGroupNames = (groups: readonly LoadedGroup[]): readonly string[] =>
  groups.map(({ file, name }) => `${basename(file)}/${name}`)

type Pair = Readonly<{ rule: string; group: string; wanted: string; loaded: string | undefined }>

/** The expressions of a PrometheusRule, each with the one that Prometheus runs in its place. */
export const pairRules = (object: MonitoringObject, loaded: readonly LoadedGroup[]): readonly Pair[] =>
  ((object.spec['groups'] ?? []) as readonly WantedGroup[]).flatMap(({ name: group, rules = [] }) => {
    const own = loaded.find(({ file, name }) => basename(file) === ruleFileOf(object) && name === group)
    return rules.map(({ alert, record, expr }, index) => {
      const rule = alert ?? record ?? ''
      const running = own?.rules[index]
      return { rule, group, wanted: String(expr), loaded: running?.name === rule ? running.query : undefined }
    })
  })

const differs = async ({ wanted, loaded }: Pair, format: Prometheus['format']): Promise<boolean> => {
  if (loaded === undefined) return true
  const [a, b] = await Promise.all([format(wanted), format(loaded)])
  return !('formatted' in a && 'formatted' in b && a.formatted === b.formatted)
}

/** PrometheusRules that were changed after Prometheus last loaded its configuration, and whose old version it still runs. */
export const outdatedRules = async (
  kubernetes: Kubernetes,
  prometheus: Prometheus,
  groups: readonly LoadedGroup[],
): Promise<readonly string[]> => {
  const [objects, { loadedAt }] = await Promise.all([listObjects(kubernetes, ruleKind), prometheus.reload()])
  // Times of changes are cut to the second.
  const changed = objects.filter(({ metadata }) => lastChange(metadata, ['spec']).at + 1000 > loadedAt)
  const texts = changed.map(async (object) => {
    const pairs = pairRules(object, groups)
    const old = await Promise.all(pairs.map((pair) => differs(pair, prometheus.format)))
    const [first] = pairs.filter((_, index) => old[index])
    if (!first) return []
    return [
      `PrometheusRule ${nameOf(object)} was changed at ${describeTime(lastChange(object.metadata, ['spec']).at)}, ` +
        `and Prometheus runs with the rules of ${describeTime(loadedAt)}: group ${first.group}, rule ${first.rule} is ${first.loaded ?? 'missing'}, not ${first.wanted}\n` +
        '  remedy: claim config-prometheus says why it has not loaded its newest configuration; without a reason there, ' +
        'the kubelet updates the file within a minute or two',
    ]
  })
  return (await Promise.all(texts)).flat()
}
