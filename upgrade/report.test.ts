import { expect, test } from 'vitest'
import { green, invalid, red } from './page/examples.ts'
import { describeUpgrade, upgradeMarkdown } from './report.ts'
import type { UpgradeResult } from './result.ts'

test('something breaks: the answer in three lines, then each regression', () => {
  expect(describeUpgrade(red)).toMatchInlineSnapshot(`
    "✗ kube-prometheus-stack 88.5.3 → 89.0.0 breaks 4 things
    4 new, 1 expected, 1 fixed, 2 pre-existing, 1 change; claims: 50 of 50 held before, 48 of 50 hold now
    longest outage: Alertmanager 64 s of 60 s allowed; 0 log lines lost, 3 doubled; 0 of 4312 older documents gone; longest scrape gap: prometheus-grafana 44.9 s

    ✗ target/coredns (high)
      CoreDNS is not scraped any more: job coredns has 0 targets, and had 2
        alert CoreDNSDown of group coredns cannot fire
        claim prometheus-inventory does not hold
        panel "Requests (total)" of dashboard "CoreDNS" has no data
        panel "Requests (by qtype)" of dashboard "CoreDNS" has no data
        panel "Requests (by zone)" of dashboard "CoreDNS" has no data
        and 2 more
      remedy: see what the Service selects, \`kubectl -n kube-system get service kube-prometheus-stack-coredns -o yaml\`, and set coreDns.service.selector in values/kube-prometheus-stack.yaml to the labels of the pods

    ✗ metric/node_load1 (high)
      node-exporter does not expose node_load1 any more: who watches the load of the nodes sees nothing
        panel "Load Average / A" of dashboard "Node Exporter / Nodes" has no data
        recording rule instance:node_load1_per_cpu:ratio of group node-exporter.rules has no result
        claim grafana-panels-nodes does not hold
      remedy: switch the collector on again: prometheus-node-exporter.extraArgs in values/kube-prometheus-stack.yaml must not have --no-collector.loadavg

    ✗ object/Service monitoring/kube-prometheus-stack-grafana/ports (medium)
      Grafana answers on port 8080 of its Service, and not on port 80: links and port-forwards to the old one fail
      remedy: set grafana.service.port: 80 in values/kube-prometheus-stack.yaml, or tell those who use port 80

    ✗ outage/Alertmanager (low)
      Alertmanager did not answer for 64 s; 60 s are allowed
      remedy: see why its pod took so long: \`kubectl -n monitoring describe pod -l app.kubernetes.io/name=alertmanager\`

    - metric/kube_endpoint_ports (expected)
      kube-state-metrics does not expose kube_endpoint_ports any more
      reason: Endpoints are deprecated since Kubernetes 1.33; nobody here reads it (until 2027-01-31)

    ✓ rule/kubernetes-apps / KubePodNotReady (fixed)
      alert KubePodNotReady evaluates again without error

    ! upgrade/expected.yaml: metric/node_arp_entries has no effect: it is the same before and after
    ✓ helm upgrade of kube-prometheus-stack 88.5.3 → 89.0.0 (71.8 s)
    report:    out/upgrade.html, out/upgrade.md, out/upgrade.json"
  `)
})

test('nothing breaks', () => {
  expect(describeUpgrade(green)).toMatchInlineSnapshot(`
    "✓ kube-prometheus-stack 87.21.0 → 88.5.3, vector 0.52.0 → 0.57.0 break nothing
    0 new, 0 expected, 0 fixed, 0 pre-existing, 1 change; claims: 50 of 50 held before, 50 of 50 hold now
    longest outage: Prometheus 13 s of 90 s allowed; 0 log lines lost, 0 doubled; 0 of 4312 older documents gone; longest scrape gap: prometheus-grafana 44.9 s

    ✓ helm upgrade of kube-prometheus-stack 87.21.0 → 88.5.3 (71.8 s)
    ✓ helm upgrade of vector 0.52.0 → 0.57.0 (21.9 s)
    report:    out/upgrade.html, out/upgrade.md, out/upgrade.json"
  `)
})

test('the old version does not pass: why, and the claims that do not hold', () => {
  expect(describeUpgrade(invalid)).toMatchInlineSnapshot(`
    "? opensearch 3.5.0 → 3.6.0: nothing can be concluded: with opensearch 3.5.0, 1 of 50 claims does not hold
    claims: 49 of 50 held before
    no upgrade was begun

      remedy: choose a start that passes, or mend what is broken: npm test with the same versions shows it

    ✗ opensearch-yellow
      the status is yellow: not so after 90.0 s (90 tries)
        last: the status is red, not yellow: shard 0 of logs-2026-11-23 has no primary

    report:    out/upgrade.html, out/upgrade.md, out/upgrade.json"
  `)
})

test('a helm upgrade that fails says how; an empty cluster has its own claims', () => {
  const failed: UpgradeResult = {
    ...red,
    claims: { ...red.claims, fresh: red.claims.before },
    findings: red.findings.slice(2, 3),
    idleEntries: [],
    ...(red.passage && {
      passage: {
        ...red.passage,
        endpoints: [],
        gaps: [],
        documents: { before: 4312, after: 4300 },
        series: { before: 100, after: 'connect ECONNREFUSED 127.0.0.1:30090' },
        helm: [
          {
            stack: 'kube-prometheus-stack',
            from: '88.5.3',
            to: '89.0.0',
            begin: 0.4,
            seconds: 300,
            error:
              'StatefulSet prometheus-kube-prometheus-stack-prometheus: spec.volumeClaimTemplates cannot be changed\n  remedy: kubectl -n monitoring delete statefulset prometheus-kube-prometheus-stack-prometheus --cascade=orphan',
          },
        ],
      },
    }),
  }
  expect(describeUpgrade(failed)).toMatchInlineSnapshot(`
    "✗ kube-prometheus-stack 88.5.3 → 89.0.0 breaks 1 thing
    1 new, 0 expected, 0 fixed, 0 pre-existing, 0 changes; claims: 50 of 50 held before, 48 of 50 hold now, 50 of 50 on an empty cluster
    no outage; 0 log lines lost, 3 doubled; 12 of 4312 older documents gone

    ✗ object/Service monitoring/kube-prometheus-stack-grafana/ports (medium)
      Grafana answers on port 8080 of its Service, and not on port 80: links and port-forwards to the old one fail
      remedy: set grafana.service.port: 80 in values/kube-prometheus-stack.yaml, or tell those who use port 80

    ✗ helm upgrade of kube-prometheus-stack 88.5.3 → 89.0.0 (300 s): StatefulSet prometheus-kube-prometheus-stack-prometheus: spec.volumeClaimTemplates cannot be changed
    report:    out/upgrade.html, out/upgrade.md, out/upgrade.json"
  `)
})

test('Markdown: everything, the regressions first', () => {
  expect(upgradeMarkdown(red)).toMatchInlineSnapshot(`
    "# ✗ kube-prometheus-stack 88.5.3 → 89.0.0 breaks 4 things

    - 4 new, 1 expected, 1 fixed, 2 pre-existing, 1 change; claims: 50 of 50 held before, 48 of 50 hold now
    - longest outage: Alertmanager 64 s of 60 s allowed; 0 log lines lost, 3 doubled; 0 of 4312 older documents gone; longest scrape gap: prometheus-grafana 44.9 s

    ## New regressions

    | Id | Severity | What a user will notice | What to do |
    | --- | --- | --- | --- |
    | target/coredns | high | CoreDNS is not scraped any more: job coredns has 0 targets, and had 2<br>– alert CoreDNSDown of group coredns cannot fire<br>– claim prometheus-inventory does not hold<br>– panel "Requests (total)" of dashboard "CoreDNS" has no data<br>– panel "Requests (by qtype)" of dashboard "CoreDNS" has no data<br>– panel "Requests (by zone)" of dashboard "CoreDNS" has no data<br>– panel "Responses (by rcode)" of dashboard "CoreDNS" has no data<br>– panel "Cache (size)" of dashboard "CoreDNS" has no data | see what the Service selects, \`kubectl -n kube-system get service kube-prometheus-stack-coredns -o yaml\`, and set coreDns.service.selector in values/kube-prometheus-stack.yaml to the labels of the pods |
    | metric/node_load1 | high | node-exporter does not expose node_load1 any more: who watches the load of the nodes sees nothing<br>– panel "Load Average / A" of dashboard "Node Exporter / Nodes" has no data<br>– recording rule instance:node_load1_per_cpu:ratio of group node-exporter.rules has no result<br>– claim grafana-panels-nodes does not hold | switch the collector on again: prometheus-node-exporter.extraArgs in values/kube-prometheus-stack.yaml must not have --no-collector.loadavg |
    | object/Service monitoring/kube-prometheus-stack-grafana/ports | medium | Grafana answers on port 8080 of its Service, and not on port 80: links and port-forwards to the old one fail | set grafana.service.port: 80 in values/kube-prometheus-stack.yaml, or tell those who use port 80 |
    | outage/Alertmanager | low | Alertmanager did not answer for 64 s; 60 s are allowed | see why its pod took so long: \`kubectl -n monitoring describe pod -l app.kubernetes.io/name=alertmanager\` |

    ## Expected

    | Id | Severity | What a user will notice | Why it is accepted |
    | --- | --- | --- | --- |
    | metric/kube_endpoint_ports | medium | kube-state-metrics does not expose kube_endpoint_ports any more | Endpoints are deprecated since Kubernetes 1.33; nobody here reads it (until 2027-01-31) |

    ## Idle entries of upgrade/expected.yaml

    | Id | Why |
    | --- | --- |
    | metric/node_arp_entries | it is the same before and after |

    ## Fixed

    | Id | Severity | What a user will notice | What to do |
    | --- | --- | --- | --- |
    | rule/kubernetes-apps / KubePodNotReady | low | alert KubePodNotReady evaluates again without error |  |

    ## Pre-existing

    | Id | Severity | What a user will notice | What to do |
    | --- | --- | --- | --- |
    | panel/node-cluster-rsrc-use/Disk IO | low | panel "Disk IO" of dashboard "Node Exporter / USE Method / Cluster" has no data, as before | nothing that has to do with the upgrade |
    | panel/node-cluster-rsrc-use/Disk Space Usage | low | panel "Disk Space Usage" of dashboard "Node Exporter / USE Method / Cluster" has no data, as before | nothing that has to do with the upgrade |

    ## Outages, asked once a second

    | Endpoint | Outage, s | Allowed, s | Probes | Seconds since the upgrade began: what was seen |
    | --- | ---: | ---: | ---: | --- |
    | ✗ Alertmanager | 64 | 60 | 96 | 27–91: ECONNREFUSED |
    | Prometheus | 13 | 90 | 96 | 31–44: ECONNREFUSED |
    | Grafana | 9 | 60 | 96 | 12–19: ECONNREFUSED<br>22–24: HTTP 503 |
    | OpenSearch | 0 | 180 | 96 | – |
    | OpenSearch Dashboards | 0 | 120 | 96 | – |

    ## Longest time without a scrape

    | Job | Seconds |
    | --- | ---: |
    | prometheus-grafana | 44.9 |
    | node-exporter | 31.2 |
    | kubelet | 30 |

    ## Log lines written across the upgrade

    | Node | Written | Lost | Doubled |
    | --- | ---: | ---: | ---: |
    | observability-e2e-control-plane | 193 | 0 | 0 |
    | observability-e2e-worker | 193 | 0 | 3 |
    | observability-e2e-worker2 | 193 | 0 | 0 |
    | observability-e2e-worker3 | 193 | 0 | 0 |

    ## Data from before the upgrade

    | What | Before | After |
    | --- | ---: | ---: |
    | documents of logs-\\* | 4312 | 4312 |
    | series of Prometheus | 61204 | 0 |

    ## Each helm upgrade, until ready

    | Stack | From | To | Took, s | Result |
    | --- | --- | --- | ---: | --- |
    | kube-prometheus-stack | 88.5.3 | 89.0.0 | 71.8 | ready |

    ## Claims that did not hold

    | Claim | Before | Now |
    | --- | --- | --- |
    | prometheus-inventory<br>Prometheus: every job has its number of targets, 33 of the stacks and 2 of the app | holds | broken |
    | grafana-panels-nodes<br>Grafana: every query of "Node Exporter / Nodes" has data | holds | broken |

    ## CustomResourceDefinitions

    | Name | Change | Became | What is different |
    | --- | --- | --- | --- |
    | prometheuses.monitoring.coreos.com<br>kube-prometheus-stack | changed | left old | v1: spec.scrapeFailureLogFile added<br>v1: spec.podTargetLabels removed |
    | silences.monitoring.coreos.com<br>kube-prometheus-stack | added | applied | v1alpha1 |

    Helm makes the CRDs that are missing, and leaves those that are there as they are. To bring them up to date, before the upgrade:

    \`\`\`sh
    helm show crds kube-prometheus-stack --repo https://prometheus-community.github.io/helm-charts --version 89.0.0 | kubectl apply --server-side --force-conflicts -f -
    \`\`\`

    ## Images and other changes

    | Id | Severity | What a user will notice | What to do |
    | --- | --- | --- | --- |
    | image/StatefulSet monitoring/prometheus: prometheus | low | Prometheus runs v3.15.0 instead of v3.14.0 | read the release notes of Prometheus 3.15 |

    <details><summary>Objects that the new charts render otherwise: 3</summary>

    | Object | Change | Fields, old → new |
    | --- | --- | --- |
    | DaemonSet monitoring/kube-prometheus-stack-prometheus-node-exporter | changed | spec.template.spec.containers[0].args[6]: absent → --no-collector.loadavg<br>spec.template.spec.containers[0].image: quay.io/prometheus/node-exporter:v1.11.0 → quay.io/prometheus/node-exporter:v1.12.0<br>and 3 more |
    | Service kube-system/kube-prometheus-stack-coredns | changed | spec.selector.k8s-app: kube-dns → coredns |
    | ConfigMap monitoring/kube-prometheus-stack-etcd | removed |  |

    </details>
    "
  `)
})

test('Markdown: the old version does not pass', () => {
  expect(upgradeMarkdown(invalid)).toMatchInlineSnapshot(`
    "# ? opensearch 3.5.0 → 3.6.0: nothing can be concluded: with opensearch 3.5.0, 1 of 50 claims does not hold

    - claims: 49 of 50 held before
    - no upgrade was begun

    \`\`\`text
    with opensearch 3.5.0, 1 of 50 claims does not hold
    remedy: choose a start that passes, or mend what is broken: npm test with the same versions shows it

    ✗ opensearch-yellow
      the status is yellow: not so after 90.0 s (90 tries)
        last: the status is red, not yellow: shard 0 of logs-2026-11-23 has no primary

    \`\`\`

    ## Claims that did not hold

    | Claim | Before |
    | --- | --- |
    | opensearch-yellow<br>OpenSearch: the status is yellow | broken |
    "
  `)
})

test('Markdown: what stands in a cell stays in it, and is no markup', () => {
  const [first] = red.findings
  const result: UpgradeResult = {
    ...green,
    findings: first ? [{ ...first, sentence: 'a | b\n<none> of *logs-*', consequences: [] }] : [],
  }
  expect(
    upgradeMarkdown(result)
      .split('\n')
      .find((line) => line.startsWith('| target')),
  ).toMatchInlineSnapshot(
    `"| target/coredns | high | a \\| b<br>\\<none> of \\*logs-\\* | see what the Service selects, \`kubectl -n kube-system get service kube-prometheus-stack-coredns -o yaml\`, and set coreDns.service.selector in values/kube-prometheus-stack.yaml to the labels of the pods |"`,
  )
})
