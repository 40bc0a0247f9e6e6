import { alertReceiver } from '../../clients/alertReceiver.ts'
import { operatedWorkload, type ComponentName, type Components } from '../../config/components.ts'
import type { Kept } from './collect.ts'

/** A file of the evidence, or a folder of them. */
export type Link = Readonly<{ path: string; about: string }>

/** The beginnings of the paths with evidence for each area of the checklist; other areas have `anyArea`. */
export const evidenceOfAreas = (components: Components): Readonly<Record<string, readonly string[]>> => {
  const logsOf = (component: ComponentName): readonly string[] => {
    const object = components[component]
    if (!object) return []
    const workload =
      component === 'prometheus'
        ? operatedWorkload('Prometheus', object)
        : component === 'alertmanager'
          ? operatedWorkload('Alertmanager', object)
          : object
    return [`logs/${workload.namespace}/${workload.name}-`]
  }
  const ofPrometheus = [
    'prometheus/',
    'resources/ServiceMonitor.yaml',
    ...logsOf('prometheus'),
    ...logsOf('operator'),
  ]
  const ofGrafana = ['grafana/', ...logsOf('grafana')]
  const ofLogs = ['opensearch/indices.txt', ...logsOf('vector'), ...logsOf('opensearch')]
  return {
    cluster: ['pods.txt', 'events.txt', 'nodes/containers.txt', 'resources/Node.yaml'],
    Prometheus: ofPrometheus,
    metrics: ofPrometheus,
    configuration: [...ofPrometheus, 'alertmanager/', ...logsOf('alertmanager')],
    Alertmanager: ['alertmanager/', 'prometheus/alerts.json', ...logsOf('alertmanager')],
    'alert delivery': [
      'alertmanager/',
      'prometheus/alerts.json',
      ...logsOf('alertmanager'),
      `logs/${alertReceiver.namespace}/${alertReceiver.name}-`,
    ],
    'custom metrics app': [
      'prometheus/targets.json',
      'resources/ServiceMonitor.yaml',
      'logs/default/custom-metrics-app-',
      'logs/default/order-load-',
    ],
    Grafana: ofGrafana,
    'Grafana dashboards': ofGrafana,
    OpenSearch: ['opensearch/', ...logsOf('opensearch')],
    'OpenSearch Dashboards': ['dashboards/', ...logsOf('dashboards')],
    Vector: ['resources/DaemonSet.yaml', 'opensearch/indices.txt', ...logsOf('vector')],
    logs: ofLogs,
    'log delivery': ofLogs,
    'log queries': ['dashboards/', 'opensearch/indices.txt', ...logsOf('vector')],
  }
}

const anyArea = ['pods.txt', 'events.txt']

const folderOf = (file: string) => file.slice(0, file.lastIndexOf('/') + 1)
const isNamed = (text: string, name: string) =>
  RegExp(`(?<![a-z0-9.-])${name.replaceAll('.', '\\.')}(?![a-z0-9-])`).test(text)

/** One link for all logs of a pod, which share a folder. */
const linkTo = (file: Kept, files: readonly Kept[]): Link => {
  if (!file.file.startsWith('logs/')) return { path: file.file, about: file.about }
  const path = folderOf(file.file)
  const containers = files
    .filter((one) => folderOf(one.file) === path)
    .map((one) => one.file.slice(path.length).replace(/\.log$/, ''))
  return { path, about: `logs of ${containers.join(', ')}` }
}

/** The beginnings of the paths with evidence for the objects that a text names: pods, nodes, and any kind. */
const pathsOfNamed = (text: string, files: readonly Kept[]): readonly string[] => {
  const pods = new Set(files.filter(({ file }) => file.startsWith('logs/')).map(({ file }) => folderOf(file)))
  const nodes = files.flatMap(({ file }) => /^nodes\/(.+)-kubelet\.log$/.exec(file)?.[1] ?? [])
  const kinds = [...text.matchAll(/\b([A-Z][A-Za-z]+)[ /][a-z0-9]/g)].map(([, kind]) => kind)
  const paths = [
    ...[...pods].filter((folder) => isNamed(text, folder.split('/')[2] ?? '')),
    ...nodes
      .filter((node) => isNamed(text, node))
      .flatMap((node) => [`nodes/${node}-`, `nodes/${node}.log`, 'resources/Node.yaml']),
    ...kinds.map((kind) => `resources/${kind}.yaml`),
  ]
  return paths.length > 0 ? [...paths, 'events.txt'] : []
}

/**
 * Links to the evidence for a failure: for the objects that its text names, then for the areas.
 * @param areas of the claims that the failure broke
 */
export const evidenceFor = (
  text: string,
  areas: readonly string[],
  files: readonly Kept[],
  components: Components,
): readonly Link[] => {
  const ofAreas = evidenceOfAreas(components)
  const collected = files.filter(({ bytes }) => bytes > 0)
  const paths = [...pathsOfNamed(text, collected), ...areas.flatMap((area) => ofAreas[area] ?? anyArea)]
  const links = paths.flatMap((path) =>
    collected.filter(({ file }) => file.startsWith(path)).map((file) => linkTo(file, collected)),
  )
  return [...new Map(links.map((link) => [link.path, link])).values()]
}
