import type { LineCount } from '../diagnosis/lineOracle.ts'
import { checklist } from '../specs/support/checklist.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { Finding } from './findings.ts'
import type { EndpointOutages, Traffic, UpgradeResult } from './result.ts'

const declared = checklist.filter(({ id }) => ['prometheus-inventory', 'opensearch-yellow'].includes(id))
/** Two claims, of which one may be broken by a text. */
const claims = (brokenId = '', text = ''): readonly ClaimOutcome[] =>
  declared.map((claim) =>
    claim.id === brokenId
      ? { claim, verdict: 'broken', seconds: 120, text }
      : { claim, verdict: 'holds', seconds: 1.2 },
  )

const finding = (
  verdict: Finding['verdict'],
  severity: Finding['severity'],
  id: string,
  sentence: string,
  more: Partial<Finding> = {},
): Finding => ({ id, verdict, severity, sentence, remedy: `restore ${id}`, consequences: [], ...more })

/** @param outages of an endpoint that may be down for 60 s: from, to, error */
export const endpoint = (
  name: string,
  ...outages: readonly (readonly [number, number, string])[]
): EndpointOutages => ({
  endpoint: name,
  url: 'http://127.0.0.1:30090/',
  probes: 96,
  outages: outages.map(([from, to, seen]) => ({ endpoint: name, from, to, seen })),
  seconds: outages.reduce((sum, [from, to]) => sum + to - from, 0),
  budget: 60,
})
const grafana = endpoint('Grafana', [12, 19, 'ECONNREFUSED'], [22, 24, 'HTTP 503'])

/** All lines of a writer, each found once. */
export const exampleLine: LineCount = {
  node: 'observability-e2e-worker',
  pod: 'log-writer-x7k2p',
  writer: 'wmf0',
  written: 4000,
  found: 4000,
  lost: 0,
  doubled: 0,
  torn: 0,
  outOfOrder: 0,
  last: 4200,
  newest: 4200,
  delays: { p50: 900, p99: 42_000, max: 64_100 },
  gaps: [],
}

/** Nothing was lost, and every outage was within its budget. */
export const quietTraffic: Traffic = {
  drops: [],
  seconds: 96.4,
  helm: [{ stack: 'kube-prometheus-stack', from: '88.5.3', to: '89.0.0', begin: 0.4, seconds: 71.8 }],
  endpoints: [grafana, endpoint('Alertmanager'), endpoint('OpenSearch')],
  gaps: [{ job: 'prometheus-grafana', seconds: 44.9 }],
  lines: [{ ...exampleLine, doubled: 3 }],
  documents: { before: 4312, after: 4312 },
  series: { before: 61_204, after: 61_204 },
}

const image = finding('change', 'low', 'image/prometheus', 'the image of prometheus changed to v3.15.0')

/** Nothing is worse than before. */
export const passed: UpgradeResult = {
  upgrades: [
    { chart: 'kube-prometheus-stack', from: '87.21.0', to: '88.5.3' },
    { chart: 'vector', from: '0.52.0', to: '0.57.0' },
  ],
  claims: { before: claims(), after: claims() },
  findings: [image],
  idleEntries: [],
  traffic: quietTraffic,
  manifests: [],
  definitions: [],
  steps: [
    { name: 'cluster', from: 0.8, seconds: 41.2, ok: true },
    { name: 'upgrade', from: 152.3, seconds: 96.4, ok: true },
  ],
  finishedAt: '2026-11-23T11:04:05.000Z',
}

/** Three things break, one of them an outage; one means something else, and three were not checked. */
export const failed: UpgradeResult = {
  ...passed,
  upgrades: [{ chart: 'kube-prometheus-stack', from: '88.5.3', to: '89.0.0' }],
  claims: {
    before: claims(),
    after: claims(
      'prometheus-inventory',
      'every job has its number of targets: not so after 120.0 s (119 tries)',
    ),
  },
  findings: [
    finding('new', 'high', 'target/coredns', 'job coredns no longer has targets, 2 were up', {
      remedy: 'see what the Service selects, `kubectl -n kube-system get service coredns -o yaml`',
      consequences: [1, 2, 3, 4, 5, 6, 7].map(
        (panel) => `panel "Requests ${panel}" of "CoreDNS" has no data`,
      ),
    }),
    finding('new', 'medium', 'object/Service monitoring/grafana', 'Service monitoring/grafana is gone'),
    finding('new', 'low', 'outage/Alertmanager', 'Alertmanager gave no answer for 64 s'),
    finding('new', 'high', 'severity/KubePodCrashLooping', 'KubePodCrashLooping is info, was warning', {
      changesMeaning: true,
      remedy: 'restore the label, or route alerts of severity info',
    }),
    finding('expected', 'medium', 'metric/kube_endpoint_ports', 'metric kube_endpoint_ports is gone', {
      reason: 'nobody here reads it (until 2027-01-31)',
    }),
    finding('fixed', 'low', 'rule/apps / replicas', 'rule apps / replicas has a result now'),
    finding('pre-existing', 'low', 'panel/nodes/Disk IO', 'panel "Disk IO" has no data, as before'),
    image,
  ],
  idleEntries: [{ id: 'metric/node_arp_entries', why: 'there is no such regression' }],
  notChecked: [
    {
      what: 'Deployment monitoring/grafana: spec.template.spec.hostUsers',
      why: 'no observation covers this field',
    },
    {
      what: 'ConfigMap monitoring/grafana: data.grafana.ini',
      why: 'no observation covers this field',
    },
  ],
  traffic: {
    ...quietTraffic,
    series: { before: 61_204, after: 'HTTP 503' },
    endpoints: [grafana, endpoint('Alertmanager', [27, 91, 'ECONNREFUSED']), endpoint('OpenSearch')],
  },
  manifests: [
    {
      object: 'Service kube-system/kube-prometheus-stack-coredns',
      change: 'changed',
      fields: ['spec.selector.k8s-app: kube-dns → coredns'],
      count: 4,
    },
  ],
  definitions: [
    {
      chart: 'kube-prometheus-stack',
      name: 'prometheuses.monitoring.coreos.com',
      change: 'changed',
      became: 'left old',
      fields: ['v1: spec.scrapeFailureLogFile added'],
    },
  ],
}

/** A chart that goes back with loss, one that does not, and the first version that breaks. */
export const answered: UpgradeResult = {
  ...failed,
  rollbacks: [
    {
      chart: 'kube-prometheus-stack',
      from: '89.0.0',
      to: '88.5.3',
      verdict: 'goes back with loss',
      loss: ['61204 of 61204 Prometheus series are gone: graphs start at the rollback'],
      stays: [],
      remedy: 'to keep them, give Prometheus a volume',
      seconds: 71.2,
    },
    {
      chart: 'opensearch',
      from: '3.8.0',
      to: '3.6.0',
      verdict: 'does not go back',
      why: 'OpenSearch 3.6.0 refuses to start on a volume that 3.8.0 has used',
      loss: [],
      stays: [],
      remedy: 'take a snapshot before the upgrade',
      seconds: 41,
    },
  ],
  bisection: {
    chart: 'kube-prometheus-stack',
    versions: ['88.5.3', '88.6.0', '88.7.0', '89.0.0'],
    trials: [
      { version: '89.0.0', verdict: 'breaks', shared: ['target/coredns'], others: [], seconds: 310 },
      { version: '88.6.0', verdict: 'works', shared: [], others: [], seconds: 295 },
      { version: '88.7.0', verdict: 'breaks', shared: ['target/coredns'], others: [], seconds: 301 },
    ],
  },
}

/** The old version does not pass, so nothing can be said about the new one. */
export const invalid: UpgradeResult = {
  upgrades: [{ chart: 'opensearch', from: '3.5.0', to: '3.6.0' }],
  invalid: 'with opensearch 3.5.0, 1 of 2 claims does not hold\nremedy: choose a start that passes',
  claims: {
    before: claims(
      'opensearch-yellow',
      'the status is yellow: not so after 90.0 s (90 tries)\n  last: the status is red, not yellow',
    ),
  },
  findings: [],
  idleEntries: [],
  manifests: [],
  definitions: [],
  steps: passed.steps.slice(0, 1),
  finishedAt: passed.finishedAt,
}
