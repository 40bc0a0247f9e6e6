import { stackNames, type StackName } from '../config/stacks.ts'
import { countOf, few } from '../lib/messages.ts'
import type { NotChecked } from '../report/notChecked.ts'
import type { Finding } from './findings.ts'
import type { RenderedChange } from './manifests.ts'

const workload = /^(Deployment|StatefulSet|DaemonSet) /
const monitor = /^(ServiceMonitor|PodMonitor|Probe|ScrapeConfig) /
const podSpec = 'spec\\.template\\.spec\\.'

/** The fields whose effect an observation includes, by kind of object. */
const covered: readonly (readonly [object: RegExp, fields: RegExp])[] = [
  [/^(Secret|NetworkPolicy|Ingress|PersistentVolumeClaim|PodDisruptionBudget) /, /^(spec|data|stringData)\b/],
  // Not, for example, the query_offset of a group.
  [/^PrometheusRule /, /^spec(\.groups(\[[^\]]*\](\.(name|interval|rules)\b.*)?)?)?$/],
  [/^(Cluster)?Role /, /^rules\b/],
  [/^(Cluster)?RoleBinding /, /^(roleRef|subjects)\b/],
  // The result of scrapes is observed: targets, labels, metrics and intervals.
  [monitor, /^spec\b/],
  // Data sources and the log agent's configuration are observed themselves.
  [/^ConfigMap /, /^data\["(datasource\.yaml|vector\.yaml|agent\.yaml)"\]/],
  // So are dashboards, except for what changes which data a panel shows, or how, with the same query.
  [
    /^ConfigMap /,
    /^data\["[^"]*\.json"\](?!.*\.(templating|time|timeFrom|timeShift|interval|maxDataPoints|instant|transformations|reduceOptions|mappings|thresholds|min|max|overrides)\b)/,
  ],
  [/^Service /, /^spec\.(type|clusterIP|ports|selector)\b/],
  [/^(Validating|Mutating)WebhookConfiguration /, /^webhooks\[[^\]]*\](\.failurePolicy)?$/],
  [workload, new RegExp(`^${podSpec}(init)?[cC]ontainers(\\[[^\\]]*\\])?(\\.(image|resources)\\b.*)?$`)],
  [
    workload,
    new RegExp(
      `^${podSpec}(serviceAccountName|priorityClassName|securityContext\\.(runAsUser|runAsGroup|fsGroup))$`,
    ),
  ],
  [workload, new RegExp(`^${podSpec}volumes\\[[^\\]]*\\]\\.(emptyDir|persistentVolumeClaim|hostPath)\\b`)],
  [
    workload,
    new RegExp(`^${podSpec}.*args\\[--(data\\.retention|prometheus-config-reloader|[\\w-]+-image)\\]`),
  ],
  // Checksums follow from configuration that is compared itself.
  [workload, /^spec\.template\.metadata\.annotations\b.*checksum/],
  [workload, /^spec\.(replicas|selector|volumeClaimTemplates)\b/],
  [
    /^Job /,
    new RegExp(`^(metadata\\.annotations\\["helm\\.sh/hook"\\]|${podSpec}containers\\[[^\\]]*\\]\\.image)$`),
  ],
  [
    /^(Prometheus|Alertmanager) /,
    /^spec\.(image|version|replicas|retention|retentionSize|storage|resources|serviceAccountName|priorityClassName|securityContext|alerting|additionalAlert(Manager|Relabel)Configs|externalLabels|remoteWrite|remoteRead|scrapeInterval|scrapeTimeout|evaluationInterval|enableAdminAPI|enableFeatures|enableOTLPReceiver|enableRemoteWriteReceiver|query|tsdb|(serviceMonitor|podMonitor|probe|scrapeConfig|rule|alertmanagerConfig)(Namespace)?Selector)\b/,
  ],
]

// A new or missing object of these kinds is a finding. Whether a ConfigMap is covered depends on its keys.
const observedKinds =
  /^(Service|PersistentVolumeClaim|Deployment|StatefulSet|DaemonSet|(Cluster)?Role(Binding)?|ServiceMonitor|PodMonitor|Probe|ScrapeConfig|Ingress|NetworkPolicy|PodDisruptionBudget|ServiceAccount|(Validating|Mutating)WebhookConfiguration|Secret|PrometheusRule|Prometheus|Alertmanager|AlertmanagerConfig|ThanosRuler|Job) /

const isCovered = (object: string, path: string) =>
  covered.some(([objects, fields]) => objects.test(object) && fields.test(path))

/** Whether a finding names both the object and the field. */
const isExplained = (object: string, path: string, findings: readonly Finding[]): boolean => {
  const name = object.slice(object.indexOf(' ') + 1)
  const field = /[\w-]+(?=\W*$)/.exec(path)?.[0] ?? path
  return findings.some(({ id, sentence, consequences }) => {
    const text = [id, sentence, ...consequences].join('\n')
    return text.includes(name) && text.includes(field)
  })
}

const uncoveredFields = ({ object, change, paths }: RenderedChange, findings: readonly Finding[]) => {
  const left = paths.filter((path) => !isCovered(object, path) && !isExplained(object, path, findings))
  if (change === 'changed') return left
  if (observedKinds.test(object)) return []
  const isNamed = findings.some(({ id, sentence }) => id.includes(object) || sentence.includes(object))
  return isNamed || (paths.length > 0 && left.length === 0) ? [] : [`it is ${change}`]
}

const shownFields = 8
const shownObjects = 3

/** The path without `[grafana]` or `[3]`, the places in lists: they differ between objects with the same change. */
const withoutItems = (path: string) => path.replaceAll(/\[[^\]"]*\]/g, '[]')

/** One entry for all objects with the same changes, such as the same new label. */
const byFields = (
  changes: readonly Readonly<{ object: string; fields: readonly string[] }>[],
): readonly string[] =>
  [...Map.groupBy(changes, ({ fields }) => fields.map(withoutItems).join('\n')).values()].map((group) => {
    const objects = group.map(({ object }) => object)
    const names =
      objects.length > shownObjects
        ? `${countOf(objects.length, 'object')} (${few(objects, shownObjects)})`
        : objects.join(', ')
    return `${names}: ${few(group[0]?.fields ?? [], shownFields)}`
  })

type Inputs = Readonly<{
  rendered: readonly RenderedChange[]
  /** Charts whose old or new version helm could not render. */
  unrendered: readonly string[]
  findings: readonly Finding[]
  /** The selected stacks. */
  stacks: readonly StackName[]
}>

/** Changes of the new charts that no observation covers, and stacks that were not installed. */
export const notCheckedIn = ({ rendered, unrendered, findings, stacks }: Inputs): readonly NotChecked[] => {
  const changes = rendered
    .map((change) => ({ object: change.object, fields: uncoveredFields(change, findings) }))
    .filter(({ fields }) => fields.length > 0)
  const entries = [
    ...byFields(changes).map((what) => ({
      what,
      why: 'the new chart changes it, and no observation covers it',
    })),
    ...unrendered.map((chart) => ({
      what: `the objects of chart ${chart}`,
      why: 'helm could not render the old or the new version, so they were not compared',
    })),
    ...stackNames
      .filter((name) => !stacks.includes(name))
      .map((name) => ({ what: `stack ${name}`, why: 'E2E_STACKS leaves it out' })),
  ]
  return entries.toSorted((a, b) => (a.why < b.why ? -1 : a.why > b.why ? 1 : a.what < b.what ? -1 : 1))
}
