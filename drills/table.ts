import { all, change } from '../faults/change.ts'
import { pauseNode } from '../faults/node.ts'
import type { Drill, Extent, Ground } from './drill.ts'
import { drainSpareWorker, stopEverything, stopSpareWorker } from './nodes.ts'
import {
  killVector,
  opensearch,
  restartPods,
  rolloutRestart,
  scaleOpenSearch,
  someNode,
  withVectorConfig,
  withoutVector,
} from './restart.ts'
import { smallLogs, writeBurst } from './rotation.ts'
import { sessionName } from './session.ts'
import { openSearchPods } from './threeNodes.ts'

const vectorSource = 'https://github.com/vectordotdev/vector/blob/v0.56.0'
const kubernetesLogs = `${vectorSource}/website/cue/reference/components/sources/kubernetes_logs.cue`
const elasticsearchRetry = `${vectorSource}/src/sinks/elasticsearch/retry.rs`
const rotation = 'https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation'

/** The lines that a node writes in some seconds. */
const worth = ({ rate }: Extent, seconds: number) => Math.ceil(rate * seconds)

// Vector writes its checkpoints every glob_minimum_cooldown_ms, 2 s in values/vector.yaml; one more for what is late.
const checkpointSeconds = 3

/** Alerts that began and ended while a component was down: the canary fires every ten seconds. */
const alertsIn = ({ seconds }: Extent) => Math.ceil(seconds / 10) + 2

const vectorMemory =
  "Vector's source of pod logs cannot acknowledge: a line counts as read before it is sent, and is gone if Vector dies in between; " +
  'a line sent after the last checkpoint is sent again'

const vectorDrills: readonly Drill[] = [
  {
    name: 'vector-restart',
    sentence: 'Vector is restarted on one node after another, while every node writes',
    holds: 'No line is lost.',
    bounds: (extent) => ({ doubled: extent.nodes * worth(extent, checkpointSeconds) }),
    why: 'Vector sends what it holds before it ends. Lines since the last checkpoint may come twice.',
    source: kubernetesLogs,
    inject: rolloutRestart('DaemonSet', 'vector'),
  },
  {
    name: 'vector-killed',
    sentence: 'Vector is killed on one node',
    holds:
      'At most what it had in memory is lost, and at most what followed the last checkpoint comes twice.',
    bounds: (extent) => ({ lost: worth(extent, 1), doubled: worth(extent, checkpointSeconds) }),
    why: `${vectorMemory}.`,
    source: kubernetesLogs,
    remedy:
      'lower batch.timeout_secs of the sink to hold less in memory, glob_minimum_cooldown_ms to double less',
    inject: (ground) => killVector(someNode(ground))(ground),
  },
  {
    name: 'vector-reconfigured',
    sentence: 'an option of Vector is changed and changed back',
    holds: 'No line is lost.',
    bounds: (extent) => ({ doubled: 2 * extent.nodes * worth(extent, checkpointSeconds), back: 180 }),
    why: 'A new configuration restarts every pod of Vector in turn, as vector-restart does.',
    source: kubernetesLogs,
    inject: withVectorConfig('glob_minimum_cooldown_ms: 2000', 'glob_minimum_cooldown_ms: 2500'),
  },
  {
    name: 'vector-checkpoints',
    sentence: 'a node loses the folder with the checkpoints of Vector, and Vector dies',
    holds: 'At most what it had in memory is lost; every log file of the node is read again.',
    bounds: (extent) => ({ lost: worth(extent, 1), doubled: Infinity, workerDelay: Infinity }),
    why: 'Without a checkpoint Vector reads a file from its start: every line that is still in a file comes twice.',
    source: kubernetesLogs,
    remedy:
      'keep data_dir on a volume of the node, and set id_key of the sink so that a line has one document',
    inject: (ground) => killVector(someNode(ground), 'rm -rf /var/lib/vector/*')(ground),
  },
]

const rotationDrills: readonly Drill[] = [
  {
    name: 'rotation-burst',
    sentence: 'a pod writes 50,000 lines in bursts, and its log is rotated at 1 MiB',
    holds: 'No line is lost.',
    bounds: () => ({ caughtUp: 120 }),
    why: 'Vector reads a rotated file to its end as long as the kubelet has not compressed it, which it does at the rotation after.',
    source: rotation,
    remedy: 'raise containerLogMaxSize of the kubelet',
    inject: async (ground) => {
      const node = someNode(ground)
      const burst = async () => {
        await writeBurst(ground, node)
        return async () => {}
      }
      return all(smallLogs(node), burst)(ground)
    },
  },
  {
    name: 'rotation-away',
    sentence: 'the same while Vector is down',
    holds: 'What is in files that Vector can still read is found.',
    bounds: (extent) => ({
      lost: 60_000 + worth(extent, extent.seconds),
      doubled: worth(extent, checkpointSeconds) * extent.nodes,
      caughtUp: 120,
      back: 180,
    }),
    why: 'The kubelet compresses and deletes rotated files whether or not anybody has read them, and Vector reads no compressed file.',
    source: rotation,
    remedy: 'raise containerLogMaxSize of the kubelet, so that more is readable when Vector returns',
    inject: async (ground) => {
      const node = someNode(ground)
      const burst = async () => {
        await writeBurst(ground, node)
        return async () => {}
      }
      return all(smallLogs(node), withoutVector, burst)(ground)
    },
  },
]

// A bulk request whose answer is lost is sent again: at most one batch of each node, of one second by default.
const resent = (extent: Extent) => 2 * extent.nodes * worth(extent, 1)
// A request to a pod that is gone may get no answer at all. Vector sends it again after request.timeout_secs, 60 s by
// default, and once more if its pool still has a connection to that pod. At the latest, the kernel gives up connecting after
// 127 s (tcp_syn_retries).
const hungSeconds = 150
const openSearchAway = (extent: Extent) => ({
  doubled: resent(extent),
  outages: { others: 10, OpenSearch: extent.seconds + 10, 'OpenSearch Dashboards': extent.seconds + 30 },
  red: extent.seconds + 10,
  workerDelay: extent.seconds + hungSeconds,
  caughtUp: hungSeconds,
})

/** Rejects every document: each is larger than the limit on what is indexed at a time. */
const rejectEverything = (ground: Ground) => {
  const env = { name: 'indexing_pressure.memory.limit', value: '1kb' }
  const pointer = '/spec/template/spec/containers/0/env'
  return change(opensearch, { [pointer]: (old: readonly object[]) => [...old, env] })(ground)
}

const blockWrites = async ({ opensearch: client }: Ground) => {
  const put = (value: boolean | null) =>
    client.indices.putSettings({ index: 'logs-*', body: { 'index.blocks.read_only_allow_delete': value } })
  await put(true)
  return async () => {
    await put(null)
  }
}

const openSearchDrills: readonly Drill[] = [
  {
    name: 'opensearch-restart',
    sentence: 'the pod of OpenSearch is deleted',
    holds: 'No line and no document is lost.',
    bounds: openSearchAway,
    why: 'Vector retries until OpenSearch answers. A request whose answer was lost is sent twice, and without id_key its lines are doubled.',
    source: elasticsearchRetry,
    remedy: 'set id_key of the sink',
    inject: restartPods('app.kubernetes.io/name=opensearch'),
  },
  {
    name: 'opensearch-away',
    sentence: 'OpenSearch is down for a minute',
    holds: 'No line and no document is lost.',
    bounds: (extent) => ({ ...openSearchAway(extent), leastRed: 50 }),
    why: 'Vector stops reading when its buffer is full and resumes where it stopped, as long as the kubelet has not rotated the file away.',
    source: elasticsearchRetry,
    remedy: 'set id_key of the sink',
    away: 60,
    inject: scaleOpenSearch(0),
  },
  {
    name: 'opensearch-away-too-long',
    sentence: 'OpenSearch is down for longer than Vector retries: it is set to two retries',
    holds: 'At most what was written meanwhile is lost, and Vector says so.',
    bounds: (extent) => ({
      ...openSearchAway(extent),
      lost: extent.nodes * worth(extent, extent.seconds),
      doubled: 3 * extent.nodes * worth(extent, checkpointSeconds),
      back: 240,
    }),
    why: 'Vector drops a request after request.retry_attempts. By default it retries forever.',
    source: `${vectorSource}/src/sinks/util/service.rs`,
    remedy: 'leave request.retry_attempts unset',
    away: 30,
    inject: all(
      withVectorConfig(
        'mode: bulk',
        'mode: bulk\n    request:\n      timeout_secs: 20\n      retry_attempts: 2\n      retry_initial_backoff_secs: 1',
      ),
      scaleOpenSearch(0),
    ),
  },
  {
    name: 'opensearch-read-only',
    sentence: 'the logs indices are read-only for 20 s, as with a full disk',
    holds: 'No line is lost.',
    bounds: () => ({}),
    why: 'OpenSearch answers 200 and refuses each document in it with 429. Vector sends them again, because values/vector.yaml sets request_retry_partial; by default it drops them.',
    source: elasticsearchRetry,
    away: 20,
    inject: blockWrites,
  },
  {
    name: 'opensearch-429',
    sentence: 'OpenSearch answers 429 to every bulk request for 30 s, and is restarted before and after',
    holds: 'No line and no document is lost.',
    bounds: (extent) => ({ ...openSearchAway(extent), doubled: 2 * resent(extent), back: 180 }),
    why: 'Vector retries a request that is answered with 429.',
    source: elasticsearchRetry,
    away: 60,
    inject: rejectEverything,
  },
]

const componentDrills: readonly Drill[] = [
  {
    name: 'prometheus-restart',
    sentence: 'the pod of Prometheus is deleted',
    holds: 'It scrapes and alerts again within a minute; no log line is touched.',
    bounds: (extent) => ({
      outages: { others: 10, Prometheus: 60 },
      scrapeGap: 75,
      unsent: alertsIn(extent),
      sentTwice: 1,
    }),
    why: 'There is one replica: nothing is scraped or evaluated while it starts, and without storageSpec its samples are lost with its pod.',
    source: 'https://prometheus-operator.dev/docs/platform/storage/',
    remedy: 'set prometheusSpec.storageSpec, and replicas: 2',
    inject: restartPods('app.kubernetes.io/name=prometheus'),
  },
  {
    name: 'alertmanager-restart',
    sentence: 'the pod of Alertmanager is deleted',
    holds: 'Only alerts that began and ended meanwhile go unreported.',
    bounds: (extent) => ({
      outages: { others: 10, Alertmanager: 60 },
      unsent: alertsIn(extent),
      sentTwice: 1,
    }),
    why: 'There is one replica, and it notes what it has sent in a folder that is lost with its pod.',
    source: 'https://prometheus.io/docs/alerting/latest/alertmanager/#high-availability',
    remedy: 'set alertmanagerSpec.replicas: 2 and alertmanagerSpec.storage',
    inject: restartPods('app.kubernetes.io/name=alertmanager'),
  },
  {
    name: 'grafana-restart',
    sentence: 'the pod of Grafana is deleted',
    holds: 'Its dashboards and data sources are back; users log in again.',
    bounds: () => ({ outages: { others: 10, Grafana: 60 }, gone: [sessionName] }),
    why: 'There is one replica. What was provisioned comes back; sessions and manual changes are in a database that is lost with the pod.',
    source: 'https://github.com/grafana-community/helm-charts/tree/main/charts/grafana',
    remedy: 'set grafana.persistence.enabled: true',
    inject: restartPods('app.kubernetes.io/name=grafana'),
  },
  {
    name: 'dashboards-restart',
    sentence: 'the pod of OpenSearch Dashboards is deleted',
    holds: 'Its index patterns are back.',
    bounds: () => ({ outages: { others: 10, 'OpenSearch Dashboards': 120 } }),
    why: 'There is one replica. Index patterns are documents of OpenSearch.',
    inject: restartPods('app.kubernetes.io/name=opensearch-dashboards'),
  },
  {
    name: 'operator-restart',
    sentence: 'the pod of the Prometheus operator is deleted',
    holds: 'Nobody notices.',
    bounds: () => ({}),
    why: 'It acts only on changes. Its own metrics are scraped again once it is ready.',
    inject: restartPods('app=kube-prometheus-stack-operator'),
  },
  {
    name: 'kube-state-metrics-restart',
    sentence: 'the pod of kube-state-metrics is deleted',
    holds: 'Only its own metrics have a gap.',
    bounds: () => ({}),
    why: 'There is one replica.',
    inject: restartPods('app.kubernetes.io/name=kube-state-metrics'),
  },
]

// Docker gives a node ten seconds to shut down. A container that goes on writing meanwhile may write into a pipe that the
// runtime no longer reads.
const shutdownSeconds = 13
const shutdown = 'What a container writes while its node shuts down may reach no log file.'

const nodeDrills: readonly Drill[] = [
  {
    name: 'worker-stopped',
    sentence: 'a worker is switched off for 30 s and on again',
    holds: 'What was in the log files of its pods is found; whatever else ran there is back.',
    bounds: (extent) => ({
      lost: worth(extent, shutdownSeconds),
      doubled: worth(extent, checkpointSeconds) * 2,
      outages: { others: extent.seconds + 30 },
      scrapeGap: extent.seconds + 30,
      unsent: alertsIn(extent),
      sentTwice: 1,
      gone: [sessionName],
      workerDelay: extent.seconds + hungSeconds,
      caughtUp: hungSeconds,
      back: 180,
    }),
    why: `A workload with one replica that ran there is down as long as the node is. ${shutdown} ${vectorMemory}.`,
    source: kubernetesLogs,
    remedy: 'run two replicas of whatever must not be down, with anti-affinity',
    away: 30,
    inject: stopSpareWorker,
  },
  {
    name: 'worker-drained',
    sentence: 'a worker is drained',
    holds: 'No line is lost; each pod that moves is down only until its successor has started.',
    bounds: (extent) => ({
      outages: { others: 120 },
      gone: [sessionName],
      scrapeGap: 90,
      unsent: alertsIn(extent),
      sentTwice: 1,
    }),
    why: 'A workload with one replica starts elsewhere only after its pod is evicted. DaemonSets stay.',
    source: 'https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/',
    remedy: 'run two replicas of whatever must not be down, with a pod disruption budget',
    inject: drainSpareWorker,
  },
  {
    name: 'control-plane-paused',
    sentence: 'the control plane hangs for 30 s',
    holds: 'The workers are still scraped, and their lines still delivered.',
    bounds: (extent) => ({
      // Its own jobs are down with it. The ports of this machine lead through its kernel, which still forwards.
      scrapeGap: extent.seconds + 30,
      workerDelay: 20,
      doubled: resent(extent),
      unsent: 2,
    }),
    why: 'Pods that run need no API server. What runs on the control plane itself is down with it.',
    source: 'https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/',
    away: 30,
    inject: (ground) => pauseNode(`${ground.cluster}-control-plane`)(ground),
  },
  {
    name: 'everything-off',
    sentence: 'all nodes are switched off and on again',
    holds: 'Everything comes back by itself, with every document; at most the lines in transit are lost.',
    bounds: (extent) => ({
      lost: extent.nodes * worth(extent, shutdownSeconds),
      doubled: 2 * extent.nodes * worth(extent, checkpointSeconds),
      outages: { others: extent.seconds + 30 },
      scrapeGap: extent.seconds + 60,
      gone: [sessionName],
      unsent: Infinity,
      sentTwice: Infinity,
      red: extent.seconds + 30,
      workerDelay: extent.seconds + hungSeconds,
      caughtUp: hungSeconds,
      back: 300,
    }),
    why: `${shutdown} ${vectorMemory}. Prometheus keeps its samples, since its pod is not deleted.`,
    source: kubernetesLogs,
    inject: stopEverything,
  },
]

const threeNodeDrills: readonly Drill[] = [
  {
    name: 'three-nodes-one-lost',
    sentence: 'one of three nodes of OpenSearch is lost for 40 s',
    holds: 'OpenSearch is yellow, and writes and searches go on.',
    bounds: (extent) => ({
      outages: { others: 15 },
      red: 15,
      leastYellow: 5,
      doubled: resent(extent),
      workerDelay: extent.seconds + hungSeconds,
      caughtUp: hungSeconds,
    }),
    why: 'Two of three nodes are a majority, and each shard has a copy on another node. If the lost node was the cluster manager, another one is elected first.',
    source: 'https://docs.opensearch.org/latest/tuning-your-cluster/',
    threeNodes: true,
    away: 40,
    look: openSearchPods,
    inject: scaleOpenSearch(2),
  },
  {
    name: 'three-nodes-two-lost',
    sentence: 'two of three nodes of OpenSearch are lost for 30 s',
    holds: 'It refuses writes, and every line and document is there once they are back.',
    bounds: (extent) => ({
      ...openSearchAway(extent),
      outages: { others: extent.seconds + 30 },
      leastRed: 15,
      back: 240,
    }),
    why: 'One of three nodes is no majority: without an elected cluster manager nothing is written, so that nothing diverges.',
    source: 'https://docs.opensearch.org/latest/tuning-your-cluster/',
    threeNodes: true,
    away: 30,
    look: openSearchPods,
    inject: scaleOpenSearch(1),
  },
  {
    name: 'three-nodes-restart',
    sentence: 'all three nodes of OpenSearch are restarted, one after another',
    holds: 'No line and no document is lost, and OpenSearch is never red for long.',
    bounds: (extent) => ({
      outages: { others: 30 },
      red: 45,
      doubled: 3 * resent(extent),
      workerDelay: extent.seconds + hungSeconds,
      caughtUp: hungSeconds,
      back: 300,
    }),
    why: 'The StatefulSet moves on once a pod is Ready, which means that its port is open: the shards may not have recovered by then.',
    source: 'https://github.com/opensearch-project/helm-charts/blob/main/charts/opensearch/values.yaml',
    remedy: 'give the chart a readinessProbe that asks /_cluster/health?local=true',
    threeNodes: true,
    inject: rolloutRestart('StatefulSet', 'opensearch-cluster-master'),
  },
]

export const drills: readonly Drill[] = [
  ...vectorDrills,
  ...rotationDrills,
  ...openSearchDrills,
  ...componentDrills,
  ...nodeDrills,
  ...threeNodeDrills,
]
