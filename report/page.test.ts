import { expect, test } from 'vitest'
import { reportPage } from './page.ts'
import { podBars } from './page/clock.ts'
import { extreme, green, interrupted, red, reused } from './page/examples.ts'
import type { RunResult } from './result.ts'

const plain = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** The text of each such element whose tag matches. */
const texts = (result: RunResult, tag: string, attributes = /^/) =>
  [...reportPage(result).matchAll(new RegExp(`<${tag}\\b([^>]*)>(.*?)</${tag}>`, 'gs'))]
    .filter(([, given = '']) => attributes.test(given))
    .map(([, , content = '']) => plain(content))

/** The headings, indented by their level. */
const outline = (result: RunResult) =>
  [...reportPage(result).matchAll(/<h([123])\b[^>]*>(.*?)<\/h[123]>/gs)]
    .map(([, level, text = '']) => `${'  '.repeat(Number(level) - 1)}${plain(text)}`)
    .join('\n')

const nothing: RunResult = {
  ...interrupted,
  interruptedBy: undefined,
  steps: [],
  versions: {},
  pods: [],
  evidence: undefined,
}

test('the headings, where claims are broken', () => {
  expect(outline(red)).toMatchInlineSnapshot(`
    "Failed 40 passed, 10 failed
      Broken
        cluster: no pod is in trouble in any namespace cluster-pods
        custom metrics app: 7 claims, broken by one thing
        OpenSearch: the status is yellow opensearch-yellow
        logs: documents name namespace, pod, container, labels and node of the pod that wrote them logs-shape
      Checklist
        cluster
        Prometheus
        Alertmanager
        custom metrics app
        Grafana
        OpenSearch
        OpenSearch Dashboards
        Vector
        logs
        log queries
      Versions and settings
        Versions
        Settings
      Where the time went
        The same in numbers"
  `)
})

test('the verdict says in words how the run ended', () => {
  const brokenFile = { ...green, errors: ['specs/logs.spec.ts: unexpected end of file'] }
  const results = [green, red, interrupted, brokenFile, nothing]
  expect(results.flatMap((result) => texts(result, 'header')).join('\n')).toMatchInlineSnapshot(`
    "Observability stack Passed 50 passed, 0 failed Took 148.1 s, finished 2026-11-23 07:45:20 UTC
    Observability stack Failed 40 passed, 10 failed Took 148.1 s, finished 2026-11-23 07:45:20 UTC Evidence: out/diagnostics/index.md
    Observability stack Interrupted by SIGINT 0 passed, 0 failed, 50 not run Took 70.0 s, finished 2026-11-23 07:44:02 UTC Evidence: out/diagnostics/index.md
    Observability stack Failed 50 passed, 0 failed 1 error outside of the claims. Took 148.1 s, finished 2026-11-23 07:45:20 UTC
    Observability stack Nothing was run 0 passed, 0 failed, 50 not run Took 0.0 s, finished 2026-11-23 07:44:02 UTC"
  `)
})

test('broken claims: those of one text together, each with the way to the evidence', () => {
  expect(texts(red, 'article').join('\n\n')).toMatchInlineSnapshot(`
    "cluster: no pod is in trouble in any namespace cluster-pods no pod is in trouble in any namespace: not so after 120.0 s (117 tries) last: Pod default/custom-metrics-app-7b798c65bc-lzmkk: container custom-metrics-app keeps crashing: exit code 2, 3 restarts log: sh: 1: cannot create /var/lib/shop/state: Directory nonexistent Evidence: out/diagnostics/index.md

    custom metrics app: 7 claims, broken by one thing custom-metrics-app did not come up: Deployment/custom-metrics-app, Deployment/order-load in default are ready: gave up, since waiting cannot help, after 26.0 s (23 tries) last: Pod default/custom-metrics-app-7b798c65bc-lzmkk: container custom-metrics-app keeps crashing: exit code 2, 2 restarts warning: BackOff: Back-off restarting failed container custom-metrics-app in pod custom-metrics-app-7b798c65bc-lzmkk_default(61d1ae86-f3d3-4d4f-9758-c7562211845d) log: sh: 1: cannot create /var/lib/shop/state: Directory nonexistent app-pods two pods are Ready and behind the Service app-metrics /metrics of each pod has the five families app-targets two targets are up, scraped every 15 s promql-orders orders_total has both statuses from both pods and never falls promql-order-rate successful orders per minute are above 0 for each pod promql-active-users active users average between 50 and 200 promql-payment the sum of payments is above 0 and never falls Evidence: out/diagnostics/index.md

    OpenSearch: the status is yellow opensearch-yellow the status is yellow: not so after 90.0 s (90 tries) last: the status is green, not yellow: there are 3 nodes, and replicas found a place Evidence: out/diagnostics/index.md

    logs: documents name namespace, pod, container, labels and node of the pod that wrote them logs-shape documents name namespace, pod, container, labels and node of the pod that wrote them: not so after 90.0 s (88 tries) last: document of planted-prometheus-exporter/main/plain: expected { file: &#39;/var/log/pods/monitoring_planted-prometheus-exporter_021bb0b9-a18f-464f-b6d6-99e40902f302/main/0.log&#39;, message: &#39;e2e-plant=r4f64c02578 pod=planted-prometheus-exporter container=main kind=plain nothing to see&#39; } to match object { &#39;@timestamp&#39;: StringMatching /^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$/ } Evidence: out/diagnostics/index.md"
  `)
  expect(reportPage(red)).toContain('href="diagnostics/index.md"')
  expect(texts(green, 'article')).toEqual([])
})

test('areas are open where a claim is broken', () => {
  const summaries = (result: RunResult) =>
    texts(result, 'details', /id=.* open/).map((text) => text.slice(0, 30))
  expect(summaries(red)).toMatchInlineSnapshot(`
    [
      "✗ cluster 1 broken of 2 State ",
      "✗ custom metrics app 7 broken ",
      "✗ OpenSearch 1 broken of 3 Sta",
      "✗ logs 1 broken of 3 State Cla",
    ]
  `)
  expect(summaries(green)).toEqual([])
})

test('the checklist says of each claim what became of it, or why it was not run', () => {
  const claims = (result: RunResult) => texts(result, 'tr', /class/)
  expect(claims(red).slice(0, 3).join('\n')).toMatchInlineSnapshot(`
    "✓ holds four nodes are Ready cluster-nodes – 3.2 s
    ✗ broken no pod is in trouble in any namespace cluster-pods 5, 8, 9 90.0 s
    ✓ holds the page and the API answer on the host port prometheus-page 1 0.4 s"
  `)
  expect(claims(interrupted)[0]).toMatchInlineSnapshot(
    `"- not run four nodes are Ready cluster-nodes the run was interrupted by SIGINT – –"`,
  )
  expect(claims(red)).toHaveLength(red.outcomes.length)
})

test('the timeline draws each step and each pod', () => {
  expect(texts(red, 'div', /class="row/).join('\n')).toMatchInlineSnapshot(`
    "tools 0.5 s
    preflight 0.2 s
    API server 35.6 s
    all nodes Ready 42.2 s
    namespace 0.1 s
    kube-prometheus-stack 79.6 s
    helm 68.4 s
    opensearch 80.3 s
    helm 1.3 s
    opensearch-dashboards 95.4 s
    helm 2.1 s
    vector 96.6 s
    helm 1.9 s
    ✗ custom-metrics-app 44.5 s custom-metrics-app did not come up: Deployment/custom-metrics-app, Deployment/order-load in default are ready: gave up, since waiting cannot help, after 26.0 s (23 tries)
    index pattern 97.7 s
    ✗ claims 11.7 s
    etcd-observability-e2e-control-plane 37 s
    kube-apiserver-observability-e2e-control-plane 34 s
    kube-controller-manager-observability-e2e-control-plane 38 s
    kube-scheduler-observability-e2e-control-plane 33 s
    coredns-66bc5c9577-dxt68 14 s
    coredns-66bc5c9577-h7xgf 14 s
    kindnet-mngsh 5 s
    kube-proxy-nq2f2 6 s
    kindnet-mqltj 23 s
    kube-proxy-8lrt2 23 s
    kindnet-7xsjq 17 s
    kindnet-ssqc8 21 s
    kube-proxy-g8zc4 21 s
    kube-proxy-kjwhd 18 s
    ✗ custom-metrics-app-7b798c65bc-lzmkk not ready 3 restarts; container custom-metrics-app keeps crashing: exit code 2, 3 restarts
    ✗ custom-metrics-app-7b798c65bc-qh8t4 not ready 3 restarts; container custom-metrics-app keeps crashing: exit code 2, 3 restarts
    order-load-677c55f57-wptts 32 s
    local-path-provisioner-68c76fc479-z2mrx 13 s
    opensearch-cluster-master-0 68 s
    kube-prometheus-stack-grafana-595fdcf876-6whq2 13 s
    kube-prometheus-stack-kube-state-metrics-6bdb454d85-6lzwp 26 s
    kube-prometheus-stack-operator-6d774974cf-kns44 12 s
    kube-prometheus-stack-prometheus-node-exporter-4gtwt 5 s
    kube-prometheus-stack-prometheus-node-exporter-8nvdz 6 s
    kube-prometheus-stack-prometheus-node-exporter-nmvgk 6 s
    kube-prometheus-stack-prometheus-node-exporter-pbptc 6 s
    alertmanager-kube-prometheus-stack-alertmanager-0 11 s
    prometheus-kube-prometheus-stack-prometheus-0 16 s
    opensearch-dashboards-77cf799b54-h8gtc 11 s
    vector-747dd 13 s
    vector-lq46f 10 s
    vector-p5l85 6 s"
  `)
})

test('pods on the clock of the steps', () => {
  const bars = (result: RunResult) =>
    podBars(result)
      .filter(({ pod }) => /^(opensearch-cluster|custom-metrics-app.*lzmkk)/.test(pod.name))
      .map(({ pod, segments }) =>
        [
          pod.name,
          ...segments.map(({ phase, from, to }) => `${phase} ${from.toFixed(1)}..${to.toFixed(1)}`),
        ].join(', '),
      )
      .join('\n')
  expect(bars(green)).toMatchInlineSnapshot(`
    "custom-metrics-app-7b798c65bc-lzmkk, node 49.7..72.7, images 72.7..80.7, start 80.7..80.7, ready 80.7..82.7
    opensearch-cluster-master-0, node 49.7..80.7, images 80.7..87.7, start 87.7..92.7, ready 92.7..117.7"
  `)
  expect(bars(red)).toMatchInlineSnapshot(`
    "custom-metrics-app-7b798c65bc-lzmkk, node 49.7..72.7, images 72.7..80.7, earlier runs 80.7..125.7, stuck 125.7..148.1
    opensearch-cluster-master-0, node 49.7..80.7, images 80.7..87.7, start 87.7..92.7, ready 92.7..117.7"
  `)
  expect(bars(reused)).toMatchInlineSnapshot(`
    "custom-metrics-app-7b798c65bc-lzmkk, node -182.0..-159.0, images -159.0..-151.0, start -151.0..-151.0, ready -151.0..-149.0
    opensearch-cluster-master-0, node -182.0..-151.0, images -151.0..-144.0, earlier runs -144.0..6.0, ready 6.0..11.0"
  `)
})

test('on a reused cluster, pods to which nothing happened are listed in one line', () => {
  expect(texts(reused, 'div', /class="row/).join('\n')).toMatchInlineSnapshot(`
    "tools 0.4 s
    kube-prometheus-stack 2.1 s
    claims 9.8 s
    opensearch-cluster-master-0 older 1 restart"
  `)
  expect(texts(reused, 'p').at(-1)).toMatchInlineSnapshot(
    `"31 pods older than the run and ready all the while, in kube-system: etcd-observability-e2e-control-plane, kube-apiserver-observability-e2e-control-plane, kube-controller-manager-observability-e2e-control-plane, kube-scheduler-observability-e2e-control-plane, coredns-66bc5c9577-dxt68, coredns-66bc5c9577-h7xgf, kindnet-mngsh, kube-proxy-nq2f2, kindnet-mqltj, kube-proxy-8lrt2, kindnet-7xsjq, kindnet-ssqc8, kube-proxy-g8zc4, kube-proxy-kjwhd; in default: custom-metrics-app-7b798c65bc-lzmkk, custom-metrics-app-7b798c65bc-qh8t4, order-load-677c55f57-wptts; in local-path-storage: local-path-provisioner-68c76fc479-z2mrx; in monitoring: kube-prometheus-stack-grafana-595fdcf876-6whq2, kube-prometheus-stack-kube-state-metrics-6bdb454d85-6lzwp, kube-prometheus-stack-operator-6d774974cf-kns44, kube-prometheus-stack-prometheus-node-exporter-4gtwt, kube-prometheus-stack-prometheus-node-exporter-8nvdz, kube-prometheus-stack-prometheus-node-exporter-nmvgk, kube-prometheus-stack-prometheus-node-exporter-pbptc, alertmanager-kube-prometheus-stack-alertmanager-0, prometheus-kube-prometheus-stack-prometheus-0, opensearch-dashboards-77cf799b54-h8gtc, vector-747dd, vector-lq46f, vector-p5l85."`,
  )
})

test('nothing is known of versions, steps and pods', () => {
  expect(texts(nothing, 'section').at(-2)).toContain('Versions None could be read. Settings')
  expect(texts(nothing, 'section').at(-1)).toMatchInlineSnapshot(
    `"Where the time went The run ended before its first step was through."`,
  )
})

test('nothing is taken for HTML, and nothing comes from elsewhere', () => {
  const page = reportPage(extreme)
  expect(page).not.toMatch(/<(script|b|img|link rel="stylesheet")\b/)
  expect(page).not.toMatch(/\b(src|href)="(?!#|data:,|diagnostics\/)/)
  expect(page).not.toMatch(/url\((?!#)|@import/)
})
