import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import type { Rule } from '../clients/prometheus.ts'
import { ourServers } from '../config/endpoints.ts'
import { describeAlertRoute, droppingRelabeling, parseSending } from './alerting.ts'
import { describeRefusedLogin } from './grafanaLogin.ts'

const rule: Rule = {
  group: 'general.rules',
  name: 'Watchdog',
  type: 'alerting',
  query: 'vector(1)',
  state: 'firing',
  health: 'ok',
  lastError: '',
}
const inactive = { ...rule, state: 'inactive', lastError: 'parse error' } as const
const alertmanager = { namespace: 'monitoring', name: 'alertmanager', port: 'http-web' }
const service = {
  metadata: { namespace: 'monitoring', name: 'alertmanager' },
  spec: { ports: [{ name: 'http-web', port: 9093 }] },
}
const working = {
  rule,
  discovered: ['http://10.244.1.7:9093'],
  alertmanagers: [alertmanager],
  services: [service],
}
const undiscovered = { ...working, discovered: [] }
const wrongPort = [{ ...alertmanager, port: 'http-wrong' }]
const resource = 'edit prometheus kube-prometheus-stack-prometheus'

test.each([
  [{ ...working, rule: undefined }, 'no rule Watchdog', 'get prometheusrules -A'],
  [{ ...working, rule: inactive }, 'inactive: parse error', 'vector(1)'],
  [
    { ...undiscovered, alertmanagers: wrongPort },
    'port http-wrong of Service monitoring/alertmanager',
    resource,
  ],
  [{ ...undiscovered, services: [] }, 'Service monitoring/alertmanager, which does not exist', resource],
  [undiscovered, 'port http-web of Service monitoring/alertmanager', resource],
  [{ ...undiscovered, alertmanagers: [] }, 'sends to none', resource],
  [working, 'http://10.244.1.7:9093', '-c prometheus'],
])('where an alert is lost, row %#', (route, cause, remedy) => {
  const [first, second] = describeAlertRoute('Watchdog', {
    object: ourComponents.prometheus,
    ...route,
  }).split('\n')
  expect(first).toContain(cause)
  expect(second).toMatch(/^  remedy: /)
  expect(second).toContain(remedy)
})

const relabelings = (...configs: string[]) =>
  `alerting: {alert_relabel_configs: [{action: labeldrop, regex: prometheus_replica}, ${configs.join(', ')}]}`

test.each([
  ['none', relabelings(), undefined],
  ['no alerting', 'global: {}', undefined],
  [
    'drop',
    relabelings('{action: drop, source_labels: [severity], regex: none}'),
    'drop of [severity] =~ "none"',
  ],
  ['drop of others', relabelings('{action: drop, source_labels: [severity], regex: no}'), undefined],
  [
    'keep of others',
    relabelings('{action: keep, source_labels: [severity, team], regex: none;shop}'),
    'keep of [severity, team] =~ "none;shop"',
  ],
  [
    'drop for one Alertmanager',
    'alerting: {alertmanagers: [{alert_relabel_configs: [{action: drop, source_labels: [alertname], regex: Watch.*}]}]}',
    'drop of [alertname] =~ "Watch.*"',
  ],
])('alert relabeling: %s', (_, configuration, step) => {
  expect(droppingRelabeling(parseSending(configuration), { alertname: 'Watchdog', severity: 'none' })).toBe(
    step,
  )
})

const secret = (password: string) => ({
  data: { 'admin-password': Buffer.from(password).toString('base64') },
})

test.each([
  ['another password', secret('hush-hush'), 'another admin-password', 'values/kube-prometheus-stack.yaml'],
  ['the same password', secret(ourServers.grafana.password), 'older password', 'delete pod'],
  ['no Secret', undefined, 'does not exist', 'values/kube-prometheus-stack.yaml'],
])('Grafana refuses the login: %s', (_, held, cause, remedy) => {
  const text = describeRefusedLogin(
    { ...ourComponents.grafana, key: 'admin-password' },
    held,
    ourServers.grafana,
  )
  expect(text.split('\n')[0]).toContain(cause)
  expect(text.split('\n')[1]).toContain(remedy)
  expect(text).not.toMatch(/hush-hush|prom-operator/)
})
