import type { ClaimOutcome } from '../../specs/support/claim.ts'
import { checklist } from '../../specs/support/checklist.ts'
import type { Finding } from '../findings.ts'
import type { EndpointPassage, Passage, UpgradeResult } from '../result.ts'

/** @param texts by claim: what broke it */
const claims = (texts: Partial<Readonly<Record<string, string>>> = {}): readonly ClaimOutcome[] =>
  checklist.map((claim) => {
    const text = texts[claim.id]
    return text === undefined
      ? { claim, verdict: 'holds', seconds: 1.2 }
      : { claim, verdict: 'broken', seconds: 120, text }
  })

const finding = (
  verdict: Finding['verdict'],
  severity: Finding['severity'],
  id: string,
  sentence: string,
  remedy: string,
  more: Partial<Finding> = {},
): Finding => ({ id, verdict, severity, sentence, remedy, consequences: [], ...more })

const nodes = ['control-plane', 'worker', 'worker2', 'worker3'].map((role) => `observability-e2e-${role}`)

/** @param outages of each: from and to, in seconds, and what was seen first */
const endpoint = (
  name: string,
  url: string,
  budget: number,
  ...outages: readonly (readonly [from: number, to: number, seen: string])[]
): EndpointPassage => ({
  endpoint: name,
  url,
  probes: 96,
  outages: outages.map(([from, to, seen]) => ({ endpoint: name, from, to, seen })),
  seconds: outages.reduce((sum, [from, to]) => sum + to - from, 0),
  budget,
})
const alertmanager = (...outages: readonly (readonly [number, number, string])[]) =>
  endpoint('Alertmanager', 'http://127.0.0.1:30093/-/ready', 60, ...outages)

const passage: Passage = {
  seconds: 96.4,
  helm: [{ stack: 'kube-prometheus-stack', from: '88.5.3', to: '89.0.0', begin: 0.4, seconds: 71.8 }],
  endpoints: [
    endpoint('Prometheus', 'http://127.0.0.1:30090/-/ready', 90, [31, 44, 'ECONNREFUSED']),
    alertmanager(),
    endpoint(
      'Grafana',
      'http://127.0.0.1:30300/api/health',
      60,
      [12, 19, 'ECONNREFUSED'],
      [22, 24, 'HTTP 503'],
    ),
    endpoint('OpenSearch', 'http://127.0.0.1:30920', 180),
    endpoint('OpenSearch Dashboards', 'http://127.0.0.1:30601/api/status', 120),
  ],
  gaps: [
    { job: 'node-exporter', seconds: 31.2 },
    { job: 'prometheus-grafana', seconds: 44.9 },
    { job: 'kubelet', seconds: 30 },
  ],
  lines: nodes.map((node) => ({ node, written: 193, lost: 0, doubled: 0 })),
  documents: { before: 4312, after: 4312 },
  series: { before: 61_204, after: 0 },
}

const image = finding(
  'change',
  'low',
  'image/StatefulSet monitoring/prometheus: prometheus',
  'Prometheus runs v3.15.0 instead of v3.14.0',
  'read the release notes of Prometheus 3.15',
)

/** Nothing is worse than before. */
export const green: UpgradeResult = {
  moves: [
    { chart: 'kube-prometheus-stack', from: '87.21.0', to: '88.5.3' },
    { chart: 'vector', from: '0.52.0', to: '0.57.0' },
  ],
  claims: { before: claims(), after: claims() },
  findings: [image],
  idleEntries: [],
  passage: {
    ...passage,
    helm: [
      { stack: 'kube-prometheus-stack', from: '87.21.0', to: '88.5.3', begin: 0.4, seconds: 71.8 },
      { stack: 'vector', from: '0.52.0', to: '0.57.0', begin: 0.4, seconds: 21.9 },
    ],
  },
  manifests: [],
  definitions: [],
  steps: [
    { name: 'cluster', from: 0.8, seconds: 41.2, ok: true },
    { name: 'old versions', from: 42, seconds: 96.1, ok: true },
    { name: 'claims before', from: 138.1, seconds: 14.2, ok: true },
    { name: 'kube-prometheus-stack', from: 152.4, seconds: 71.8, ok: true },
    { name: 'vector', from: 171.5, seconds: 21.9, ok: true },
    { name: 'upgrade', from: 152.3, seconds: 96.4, ok: true },
    { name: 'claims now', from: 248.7, seconds: 13, ok: true },
  ],
  finishedAt: '2026-11-23T11:04:05.000Z',
}

const loadGone = [
  'every query of "Node Exporter / Nodes" has data: not so after 120.0 s (118 tries)',
  '  last: 2 of 31 queries have no data: "Load Average / A", "Load Average / B"',
].join('\n')

/** Four regressions, one of them by an outage. */
export const red: UpgradeResult = {
  ...green,
  moves: [{ chart: 'kube-prometheus-stack', from: '88.5.3', to: '89.0.0' }],
  claims: {
    before: claims(),
    after: claims({
      'grafana-panels-nodes': loadGone,
      'prometheus-inventory':
        'every job has its number of targets: not so after 120.0 s (119 tries)\n  last: coredns has 0 targets, not 2',
    }),
  },
  findings: [
    finding(
      'new',
      'high',
      'target/coredns',
      'CoreDNS is not scraped any more: job coredns has 0 targets, and had 2',
      'see what the Service selects, `kubectl -n kube-system get service kube-prometheus-stack-coredns -o yaml`, and set coreDns.service.selector in values/kube-prometheus-stack.yaml to the labels of the pods',
      {
        consequences: [
          'alert CoreDNSDown of group coredns cannot fire',
          'claim prometheus-inventory does not hold',
          ...[
            'Requests (total)',
            'Requests (by qtype)',
            'Requests (by zone)',
            'Responses (by rcode)',
            'Cache (size)',
          ].map((panel) => `panel "${panel}" of dashboard "CoreDNS" has no data`),
        ],
      },
    ),
    finding(
      'new',
      'high',
      'metric/node_load1',
      'node-exporter does not expose node_load1 any more: who watches the load of the nodes sees nothing',
      'switch the collector on again: prometheus-node-exporter.extraArgs in values/kube-prometheus-stack.yaml must not have --no-collector.loadavg',
      {
        consequences: [
          'panel "Load Average / A" of dashboard "Node Exporter / Nodes" has no data',
          'recording rule instance:node_load1_per_cpu:ratio of group node-exporter.rules has no result',
          'claim grafana-panels-nodes does not hold',
        ],
      },
    ),
    finding(
      'new',
      'medium',
      'object/Service monitoring/kube-prometheus-stack-grafana/ports',
      'Grafana answers on port 8080 of its Service, and not on port 80: links and port-forwards to the old one fail',
      'set grafana.service.port: 80 in values/kube-prometheus-stack.yaml, or tell those who use port 80',
    ),
    finding(
      'new',
      'low',
      'outage/Alertmanager',
      'Alertmanager did not answer for 64 s; 60 s are allowed',
      'see why its pod took so long: `kubectl -n monitoring describe pod -l app.kubernetes.io/name=alertmanager`',
    ),
    finding(
      'expected',
      'medium',
      'metric/kube_endpoint_ports',
      'kube-state-metrics does not expose kube_endpoint_ports any more',
      'use kube_endpointslice_ports',
      { reason: 'Endpoints are deprecated since Kubernetes 1.33; nobody here reads it (until 2027-01-31)' },
    ),
    finding(
      'fixed',
      'low',
      'rule/kubernetes-apps / KubePodNotReady',
      'alert KubePodNotReady evaluates again without error',
      '',
    ),
    ...['Disk IO', 'Disk Space Usage'].map((panel) =>
      finding(
        'pre-existing',
        'low',
        `panel/node-cluster-rsrc-use/${panel}`,
        `panel "${panel}" of dashboard "Node Exporter / USE Method / Cluster" has no data, as before`,
        'nothing that has to do with the upgrade',
      ),
    ),
    image,
  ],
  idleEntries: [{ id: 'metric/node_arp_entries', why: 'it is the same before and after' }],
  passage: {
    ...passage,
    endpoints: passage.endpoints.map((one) =>
      one.endpoint === 'Alertmanager' ? alertmanager([27, 91, 'ECONNREFUSED']) : one,
    ),
    lines: nodes.map((node, index) => ({ node, written: 193, lost: 0, doubled: index === 1 ? 3 : 0 })),
  },
  manifests: [
    {
      object: 'DaemonSet monitoring/kube-prometheus-stack-prometheus-node-exporter',
      change: 'changed',
      fields: [
        'spec.template.spec.containers[0].args[6]: absent → --no-collector.loadavg',
        'spec.template.spec.containers[0].image: quay.io/prometheus/node-exporter:v1.11.0 → quay.io/prometheus/node-exporter:v1.12.0',
      ],
      count: 5,
    },
    {
      object: 'Service kube-system/kube-prometheus-stack-coredns',
      change: 'changed',
      fields: ['spec.selector.k8s-app: kube-dns → coredns'],
      count: 1,
    },
    { object: 'ConfigMap monitoring/kube-prometheus-stack-etcd', change: 'removed', fields: [], count: 0 },
  ],
  definitions: [
    {
      chart: 'kube-prometheus-stack',
      name: 'prometheuses.monitoring.coreos.com',
      change: 'changed',
      became: 'left old',
      fields: ['v1: spec.scrapeFailureLogFile added', 'v1: spec.podTargetLabels removed'],
    },
    {
      chart: 'kube-prometheus-stack',
      name: 'silences.monitoring.coreos.com',
      change: 'added',
      became: 'applied',
      fields: ['v1alpha1'],
    },
  ],
}

/** The old version is not well, so that nothing can be said of the new one. */
export const invalid: UpgradeResult = {
  moves: [{ chart: 'opensearch', from: '3.5.0', to: '3.6.0' }],
  invalid: [
    'with opensearch 3.5.0, 1 of 50 claims does not hold',
    'remedy: choose a start that passes, or mend what is broken: npm test with the same versions shows it',
  ].join('\n'),
  claims: {
    before: claims({
      'opensearch-yellow':
        'the status is yellow: not so after 90.0 s (90 tries)\n  last: the status is red, not yellow: shard 0 of logs-2026-11-23 has no primary',
    }),
  },
  findings: [],
  idleEntries: [],
  manifests: [],
  definitions: [],
  steps: green.steps
    .slice(0, 3)
    .map((step) => (step.name === 'claims before' ? { ...step, ok: false } : step)),
  finishedAt: '2026-11-23T11:04:05.000Z',
}
