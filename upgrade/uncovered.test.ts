import { expect, test } from 'vitest'
import { stackNames } from '../config/stacks.ts'
import type { Finding } from './findings.ts'
import type { RenderedChange } from './manifests.ts'
import { notCheckedIn } from './uncovered.ts'

const whole = { rendered: [], unrendered: [], findings: [], stacks: stackNames }
const changed = (object: string, ...paths: readonly string[]): RenderedChange => ({
  object,
  change: 'changed',
  paths,
})
const whats = (rendered: readonly RenderedChange[], findings: readonly Finding[] = []) =>
  notCheckedIn({ ...whole, rendered, findings }).map(({ what }) => what)

test.each([
  ['Deployment monitoring/grafana', 'spec.template.spec.containers[grafana].image'],
  ['Deployment monitoring/grafana', 'spec.template.spec.containers[grafana].resources.limits.memory'],
  ['StatefulSet monitoring/opensearch', 'spec.volumeClaimTemplates[0].spec.resources.requests.storage'],
  ['Prometheus monitoring/stack', 'spec.retention'],
  ['ConfigMap monitoring/dashboard', 'data["nodes.json"].panels[Load].targets[0].expr'],
  ['ConfigMap monitoring/dashboard', 'data["nodes.json"].panels[Load].gridPos.y'],
  ['ConfigMap monitoring/source', 'data["datasource.yaml"]'],
  ['PrometheusRule monitoring/rules', 'spec.groups[node].rules[HighLoad].expr'],
  ['ServiceMonitor monitoring/kubelet', 'spec.endpoints[0].metricRelabelings[2]'],
  ['Service monitoring/grafana', 'spec.ports[http-web].nodePort'],
  ['ClusterRole vector', 'rules[pods].verbs'],
  ['Job monitoring/admission-create', 'spec.template.spec.containers[create].image'],
  ['Secret monitoring/grafana', 'data.ldap-toml'],
])('an observation covers %s: %s', (object, path) => {
  expect(whats([changed(object, path)])).toEqual([])
})

test.each([
  ['Deployment monitoring/grafana', 'spec.template.spec.hostUsers'],
  ['Deployment monitoring/operator', 'spec.template.spec.containers[operator].args[--log-level]'],
  ['DaemonSet monitoring/vector', 'spec.template.spec.containers[vector].livenessProbe.periodSeconds'],
  ['ConfigMap monitoring/grafana', 'data["grafana.ini"]'],
  ['ConfigMap monitoring/opensearch', 'data["opensearch.yml"]'],
  ['ConfigMap monitoring/grafana', 'data.plugins'],
  ['Service monitoring/grafana', 'spec.externalTrafficPolicy'],
  ['Prometheus monitoring/stack', 'spec.hostNetwork'],
  ['PrometheusRule monitoring/rules', 'metadata.labels.release'],
  ['PrometheusRule monitoring/rules', 'spec.groups[node].query_offset'],
  ['ConfigMap monitoring/dashboard', 'data["nodes.json"].panels[Load].fieldConfig.defaults.max'],
  ['ConfigMap monitoring/dashboard', 'data["nodes.json"].templating.list[instance].query'],
])('no observation covers %s: %s', (object, path) => {
  expect(whats([changed(object, path)])).toEqual([`${object}: ${path}`])
})

test('a finding that names the object and the field explains it', () => {
  const finding: Finding = {
    id: 'helm/opensearch',
    verdict: 'new',
    severity: 'high',
    sentence:
      'StatefulSet monitoring/opensearch cannot be changed: the new chart has spec.podManagementPolicy: …',
    remedy: '',
    consequences: [],
  }
  const change = changed(
    'StatefulSet monitoring/opensearch',
    'spec.podManagementPolicy',
    'spec.minReadySeconds',
  )
  expect(whats([change], [finding])).toEqual(['StatefulSet monitoring/opensearch: spec.minReadySeconds'])
})

test('new and missing objects: of observed kinds, of ConfigMaps by their keys, and of other kinds', () => {
  const added = (object: string, ...paths: readonly string[]): RenderedChange => ({
    object,
    change: 'added',
    paths,
  })
  expect(
    whats([
      added('Service monitoring/new'),
      added('ConfigMap monitoring/dashboard', 'data["nodes.json"]'),
      added('ConfigMap monitoring/scripts', 'data["run.sh"]'),
      { object: 'HorizontalPodAutoscaler monitoring/x', change: 'removed', paths: [] },
    ]),
  ).toEqual([
    'ConfigMap monitoring/scripts: it is added',
    'HorizontalPodAutoscaler monitoring/x: it is removed',
  ])
})

test('the same change in many objects is one entry', () => {
  const objects = ['a', 'b', 'c', 'd', 'e'].map((name) =>
    changed(
      `Deployment monitoring/${name}`,
      `spec.template.spec.containers[${name}].terminationMessagePolicy`,
    ),
  )
  expect(whats(objects)).toMatchInlineSnapshot(`
    [
      "5 objects (Deployment monitoring/a, Deployment monitoring/b, Deployment monitoring/c and 2 more): spec.template.spec.containers[a].terminationMessagePolicy",
    ]
  `)
})

test('charts that could not be rendered, and stacks that were left out', () => {
  const stacks = stackNames.filter((name) => name !== 'opensearch-dashboards')
  expect(notCheckedIn({ ...whole, stacks, unrendered: ['vector'] })).toMatchInlineSnapshot(`
    [
      {
        "what": "stack opensearch-dashboards",
        "why": "E2E_STACKS leaves it out",
      },
      {
        "what": "the objects of chart vector",
        "why": "helm could not render the old or the new version, so they were not compared",
      },
    ]
  `)
})
