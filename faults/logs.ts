import { add, all, followedBy, type Injection } from './change.ts'
import { reconfigureVector, waitForVector } from './pipeline.ts'
import type { Fault } from './table.ts'

const source = 'glob_minimum_cooldown_ms: 2000'
/** Adds options to the source of the logs; the chart renders them with four spaces before each. */
const withOptions = (...options: readonly string[]): Injection =>
  reconfigureVector(source, [source, ...options].join('\n    '))

const excludeAnnotation = 'vector.dev/exclude-containers'

/** Annotates the running pods of a label. */
const annotatePods =
  (namespace: string, labelSelector: string, name: string, value: string): Injection =>
  async ({ kubernetes: { core } }) => {
    const path = `/metadata/annotations/${name.replaceAll('/', '~1')}`
    const { items } = await core.listNamespacedPod({ namespace, labelSelector })
    const patch = (body: readonly object[]) =>
      Promise.all(
        items.map(({ metadata }) => core.patchNamespacedPod({ namespace, name: metadata?.name ?? '', body })),
      )
    await patch([{ op: 'add', path, value }])
    return async () => {
      await patch([{ op: 'remove', path }])
    }
  }

type Settings = Readonly<Record<string, string | number | null>>

const setCluster =
  (persistent: Settings): Injection =>
  async ({ opensearch }) => {
    const put = (settings: Settings) => opensearch.cluster.putSettings({ body: { persistent: settings } })
    await put(persistent)
    return async () => {
      await put(Object.fromEntries(Object.keys(persistent).map((name) => [name, null])))
    }
  }

const setLogIndices =
  (settings: Settings, after: Settings): Injection =>
  async ({ opensearch }) => {
    const put = (body: Settings) => opensearch.indices.putSettings({ index: 'logs-*', body })
    await put(settings)
    return async () => {
      await put(after)
    }
  }

/** A pod that writes two lines a second apart and ends. */
const shortLivedPod = (name: string, labels: string): Injection =>
  add(`
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: default, labels: {${labels}}}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers:
    - name: main
      image: docker.io/library/busybox:1.37
      command: [sh, -c, "echo first; sleep 1; echo last"]
`)

/** A pod whose three containers run one after the other, each with a log file of its own. */
const sequentialContainers = (name: string, seconds: number): Injection => {
  const container = (containerName: string) =>
    `{name: ${containerName}, image: 'docker.io/library/busybox:1.37', command: [sh, -c, "echo begins; sleep ${seconds}"]}`
  return add(`
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: default, labels: {e2e: plant}}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  initContainers: [${container('first')}, ${container('second')}]
  containers: [${container('third')}]
`)
}

/** Logs that are lost, late, cut or refused, and what will be refused tomorrow. */
export const logFaults: readonly Fault[] = [
  {
    name: 'logs-excluded',
    sentence: 'the pods of the load generator are annotated so that Vector leaves their container out',
    // Faults of the app replace the load generator's pods, and with them the annotation.
    disturbs: ['app'],
    inject: annotatePods('default', 'app=order-load', excludeAnnotation, 'order-load'),
    red: ['logs-containers'],
    cause:
      /Pod default\/order-load-\S+: container order-load on node \S+ has no document since .*\n.*cause: annotation vector\.dev\/exclude-containers=order-load/,
  },
  {
    name: 'logs-path-excluded',
    sentence: 'Vector excludes the log files of the pods that end at once',
    inject: withOptions(
      "exclude_paths_glob_patterns: ['**/default_planted-crash_*/**', '**/default_planted-short-lived_*/**']",
    ),
    red: ['logs-containers', 'logs-short-lived'],
    cause:
      /planted-\S+: container main .*[\s\S]*cause: exclude_paths_glob_patterns has \*\*\/default_planted-/,
  },
  {
    name: 'logs-late',
    sentence: 'Vector looks for new log files every 40 s, and a pod starts a new one every ten seconds',
    inject: all(
      // A starting Vector reads every file at once, whatever the cooldown.
      followedBy(reconfigureVector(source, 'glob_minimum_cooldown_ms: 40000'), waitForVector, async () => {}),
      // At any phase of the 40 s, one of the three files waits for more than the 20 s of the claim.
      sequentialContainers('sequential', 10),
    ),
    // Until its lines are found, they are missing.
    red: ['logs-delay'],
    cause:
      /took longer than[\s\S]*Pod default\/sequential, container [\s\S]*every 40\.0 s \(glob_minimum_cooldown_ms\)/,
  },
  {
    name: 'logs-line-dropped',
    sentence: 'Vector discards lines of more than 15,000 bytes',
    inject: withOptions('max_line_bytes: 15000'),
    red: ['opensearch-refusals', 'logs-long-line'],
    cause:
      /Vector has discarded \d+ events[\s\S]*Found line that exceeds max_line_bytes.*\n.*remedy: raise max_line_bytes/,
  },
  {
    name: 'logs-line-in-pieces',
    sentence: 'Vector does not join the parts of a long line',
    inject: withOptions('auto_partial_merge: false'),
    red: ['logs-long-line'],
    cause: /is in 3 documents: .*\n.*cause: auto_partial_merge is false/,
  },
  {
    name: 'logs-json-parsed',
    sentence: 'Vector makes fields of lines in JSON',
    inject: reconfigureVector(
      'labels = object',
      'if contains(string!(.message), "e2e_value") { . = merge(., object(parse_json(.message) ?? {}) ?? {}) }; labels = object',
    ),
    red: ['opensearch-refusals', 'dashboards-fields', 'logs-json-lines'],
    cause: /Vector has discarded[\s\S]*mapper_parsing_exception[\s\S]*field e2e_value/,
  },
  {
    name: 'logs-field-limit',
    sentence: 'the logs indices take no new field, and a pod has a label that no other pod has',
    inject: all(
      setLogIndices({ 'index.mapping.total_fields.limit': 10 }, { 'index.mapping.total_fields.limit': null }),
      shortLivedPod('rare', 'rare-label: "1"'),
    ),
    red: ['opensearch-refusals', 'logs-containers'],
    cause:
      /Vector has discarded[\s\S]*Limit of total fields \[10\] has been exceeded[\s\S]*field kubernetes\.labels\.rare-label .*Pod default\/rare/,
  },
  {
    name: 'logs-arrival-unknown',
    sentence: 'the logs indices have no ingest pipeline',
    inject: setLogIndices({ 'index.default_pipeline': '_none' }, { 'index.default_pipeline': 'logs' }),
    red: ['logs-delay'],
    cause: /documents do not say when they arrived/,
  },
  {
    name: 'tomorrow-shards',
    sentence: 'the cluster may have one shard',
    inject: setCluster({ 'cluster.max_shards_per_node': 1 }),
    red: ['opensearch-tomorrow'],
    cause:
      /index logs-\d{4}-\d\d-\d\d: it adds 2 shards to \d+ in use, and 1 are allowed .*[\s\S]*the server says: .*maximum .*shards open/,
  },
  {
    name: 'tomorrow-blocked',
    sentence: 'the cluster creates no index',
    inject: setCluster({ 'cluster.blocks.create_index': 'true' }),
    red: ['opensearch-tomorrow'],
    cause: /cluster\.blocks\.create_index is true[\s\S]*the server says: .*create-index block/,
  },
  {
    name: 'tomorrow-template',
    sentence: 'another index template has a higher priority than that of the logs',
    inject: async ({ opensearch }) => {
      const name = 'other'
      const template = { settings: { number_of_shards: 2 } }
      await opensearch.indices.putIndexTemplate({
        name,
        body: { index_patterns: ['logs-2*'], priority: 500, template },
      })
      return async () => {
        await opensearch.indices.deleteIndexTemplate({ name })
      }
    },
    red: ['opensearch-tomorrow'],
    cause:
      /template other with priority 500 decides, before template logs with 100: .*number_of_shards is "2"/,
  },
  {
    name: 'field-types',
    sentence: 'an old logs index has a field of another type',
    inject: async ({ opensearch }) => {
      const index = 'logs-2000-01-01'
      const container_name = { type: 'text' as const }
      const mappings = { properties: { kubernetes: { properties: { container_name } } } }
      await opensearch.indices.create({ index, body: { mappings }, wait_for_active_shards: '0' })
      return async () => {
        await opensearch.indices.delete({ index })
      }
    },
    red: ['opensearch-field-types'],
    cause: /field kubernetes\.container_name has several types: .*; the odd one is logs-2000-01-01/,
  },
  {
    name: 'index-pattern-fields',
    sentence: 'the index pattern was saved before a field came',
    inject: async ({ dashboards }) => {
      const [pattern] = await dashboards.indexPatterns()
      if (!pattern) throw new Error('there is no index pattern to change')
      const fields = pattern.fields.filter(({ name }) => name !== 'kubernetes.pod_node_name')
      await dashboards.saveIndexPattern({ ...pattern, fields })
      return () => dashboards.saveIndexPattern(pattern)
    },
    red: ['dashboards-fields'],
    cause: /index pattern logs-\* lacks kubernetes\.pod_node_name/,
  },
]
