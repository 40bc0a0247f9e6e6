import { stackNames, type StackName } from '../config/stacks.ts'
import { countOf, few } from '../lib/messages.ts'
import type { NotChecked } from '../report/notChecked.ts'
import type { Finding } from './findings.ts'
import type { RenderedChange } from './manifests.ts'

const workload = /^(Deployment|StatefulSet|DaemonSet) /
const monitor = /^(ServiceMonitor|PodMonitor|Probe|ScrapeConfig) /
// Their images and arguments are those of pods, which are observed.
const pods = 'spec\\.template\\.spec\\.'

/** The fields of which an observation sees the effect, by the kind of the object. */
const covered: readonly (readonly [object: RegExp, fields: RegExp])[] = [
  [
    /^(PrometheusRule|Secret|NetworkPolicy|Ingress|PersistentVolumeClaim|PodDisruptionBudget) /,
    /^(spec|data|stringData)\b/,
  ],
  [/^(Cluster)?Role /, /^rules\b/],
  [/^(Cluster)?RoleBinding /, /^(roleRef|subjects)\b/],
  // What a scrape yields is observed: targets, labels, metrics and intervals.
  [monitor, /^spec\b/],
  // Dashboards, data sources and the log agent's configuration are observed in force.
  [/^ConfigMap /, /^data\["([^"]*\.json|datasource\.yaml|vector\.yaml|agent\.yaml)"\]/],
  [/^Service /, /^spec\.(type|clusterIP|ports|selector)\b/],
  [/^(Validating|Mutating)WebhookConfiguration /, /^webhooks\[[^\]]*\](\.failurePolicy)?$/],
  [workload, new RegExp(`^${pods}(init)?[cC]ontainers(\\[[^\\]]*\\])?(\\.(image|resources)\\b.*)?$`)],
  [
    workload,
    new RegExp(
      `^${pods}(serviceAccountName|priorityClassName|securityContext\\.(runAsUser|runAsGroup|fsGroup))$`,
    ),
  ],
  [workload, new RegExp(`^${pods}volumes\\[[^\\]]*\\]\\.(emptyDir|persistentVolumeClaim|hostPath)\\b`)],
  [workload, new RegExp(`^${pods}.*args\\[--(data\\.retention|prometheus-config-reloader|[\\w-]+-image)\\]`)],
  // They follow from the configuration, which is listed itself.
  [workload, /^spec\.template\.metadata\.annotations\b.*checksum/],
  [workload, /^spec\.(replicas|selector|volumeClaimTemplates)\b/],
  [
    /^Job /,
    new RegExp(`^(metadata\\.annotations\\["helm\\.sh/hook"\\]|${pods}containers\\[[^\\]]*\\]\\.image)$`),
  ],
  [
    /^(Prometheus|Alertmanager) /,
    /^spec\.(image|version|replicas|retention|retentionSize|storage|resources|serviceAccountName|priorityClassName|securityContext|alerting|additionalAlert(Manager|Relabel)Configs|externalLabels|remoteWrite|remoteRead|scrapeInterval|scrapeTimeout|evaluationInterval|enableAdminAPI|enableFeatures|enableOTLPReceiver|enableRemoteWriteReceiver|query|tsdb|(serviceMonitor|podMonitor|probe|scrapeConfig|rule|alertmanagerConfig)(Namespace)?Selector)\b/,
  ],
]

// An object of these kinds that is new or gone is a finding; a ConfigMap's keys say what it is.
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

/** `[grafana]`, `[3]`: where in a list, which differs between objects with the same change. */
const withoutItems = (path: string) => path.replaceAll(/\[[^\]"]*\]/g, '[]')

/** Objects with the same changes are one entry, such as those that all got the same label. */
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

type Question = Readonly<{
  rendered: readonly RenderedChange[]
  /** Charts of which helm could not render one of the versions. */
  unrendered: readonly string[]
  findings: readonly Finding[]
  /** The selected stacks. */
  stacks: readonly StackName[]
}>

/** What the new charts change and no observation covers, and what was not installed. */
export const notCheckedIn = ({ rendered, unrendered, findings, stacks }: Question): readonly NotChecked[] => {
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
