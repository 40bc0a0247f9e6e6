import { readAccepted } from '../config/accepted.ts'
import { alertShortfalls, describeActive, readAlertFacts } from '../diagnosis/alerts.ts'
import {
  explainSilentContainers,
  nodeShortfalls,
  readContainerSeries,
  readNodeSeries,
  silentContainers,
} from '../diagnosis/coverage.ts'
import { duplicateTargets } from '../diagnosis/duplicateTargets.ts'
import { objectShortfalls } from '../diagnosis/objectMetrics.ts'
import { readSampleFacts, sampleShortfalls } from '../diagnosis/samples.ts'
import { area, expectNone } from './support/claim.ts'

const testClaim = area('metrics', ['kube-prometheus-stack'])

testClaim(
  'metrics-samples',
  'every target yields samples, and Prometheus throws none of them away',
  {},
  async ({ kubernetes, prometheus, components }) =>
    expectNone(sampleShortfalls(await readSampleFacts(kubernetes, components.prometheus, prometheus))),
)

testClaim('metrics-scraped-once', 'no endpoint is scraped twice', {}, async ({ prometheus }) =>
  expectNone(duplicateTargets(await prometheus.targets())),
)

testClaim(
  'metrics-nodes',
  'node-exporter, the kubelet and cAdvisor report every node',
  {},
  async ({ kubernetes, prometheus }) => {
    const [{ items: nodes }, series, targets] = await Promise.all([
      kubernetes.core.listNode(),
      readNodeSeries(prometheus),
      prometheus.targets(),
    ])
    expectNone(nodeShortfalls(nodes, series, targets))
  },
)

testClaim(
  'metrics-containers',
  'cAdvisor reports CPU and memory of every running container',
  {},
  async ({ kubernetes, prometheus }) => {
    const [{ items: pods }, series] = await Promise.all([
      kubernetes.core.listPodForAllNamespaces(),
      readContainerSeries(prometheus),
    ])
    const silent = silentContainers(pods, series, Date.now())
    if (silent.length === 0) return
    const [{ items: nodes }, targets] = await Promise.all([kubernetes.core.listNode(), prometheus.targets()])
    expectNone(await explainSilentContainers(kubernetes, silent, nodes, targets))
  },
)

testClaim(
  'metrics-objects',
  'kube-state-metrics reports every object of every kind that it lists, and no other',
  {},
  async ({ kubernetes, prometheus, components }) =>
    expectNone(await objectShortfalls(kubernetes, components.kubeStateMetrics, prometheus)),
)

testClaim(
  'metrics-alerts',
  'no alert is pending or firing without a listed reason that holds',
  {},
  async ({ prometheus }, { overlay }, note) => {
    const facts = await readAlertFacts(prometheus)
    expectNone(alertShortfalls(facts, readAccepted(overlay).alerts))
    note(describeActive(facts))
  },
)
