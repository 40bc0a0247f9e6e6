import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import { ourServers } from '../config/endpoints.ts'
import { parse } from 'yaml'
import type { Notification } from '../clients/alertReceiver.ts'
import type { Rule } from '../clients/prometheus.ts'
import { describeLoss, type Delivery } from './alertLoss.ts'
import { arrivingLabels, canary, deliveryShortfall, watchdog, type ProvingAlert } from './alertProof.ts'
import { parseConfiguration } from './alertRoutes.ts'

const now = Date.parse('2026-11-28T09:00:00Z')
const ago = (seconds: number) => now - seconds * 1000
const iso = (seconds: number) => new Date(ago(seconds)).toISOString()
const running = '0001-01-01T00:00:00Z'

const firing: Notification = {
  receiver: 'alert-receiver',
  status: 'firing',
  labels: { ...arrivingLabels(canary, ourComponents.prometheus), cluster: 'more labels are fine' },
  annotations: {
    summary: '123 users are active',
    description: 'The shop in namespace default has users. This alert fires on purpose.',
  },
  startsAt: iso(6),
  endsAt: running,
  receivedAt: ago(5),
}
const resolved: Notification = { ...firing, status: 'resolved', endsAt: iso(1), receivedAt: ago(0) }
const received = (...notifications: Notification[]) => ({ now, notifications })

const shortfallOf = (
  notifications: ReturnType<typeof received>,
  alert: ProvingAlert,
  status: Notification['status'],
) => deliveryShortfall(notifications, alert, status, ourComponents.prometheus)

test('a recent firing and a recent resolution are proofs', () => {
  const both = received(firing, resolved)
  expect(shortfallOf(both, canary, 'firing')).toBeUndefined()
  expect(shortfallOf(both, canary, 'resolved')).toBeUndefined()
})

test.each([
  ['nothing', [], 'firing', 'E2ECanary has not arrived'],
  ['no resolution', [firing], 'resolved', 'the resolution of E2ECanary has not arrived'],
  ['that of another receiver', [{ ...firing, receiver: 'default/team/hook' }], 'firing', 'has not arrived'],
  [
    'an old one',
    [{ ...firing, receivedAt: ago(25), startsAt: iso(26) }],
    'firing',
    '25 s ago, and not since',
  ],
  // Alertmanager repeats what it has, although Prometheus no longer sends.
  [
    'a repeated one',
    [{ ...firing, startsAt: iso(70) }],
    'firing',
    'it began 65 s before: none that is newer',
  ],
  [
    // Without a resolution, Alertmanager ends an alert by itself, minutes later.
    'a late resolution',
    [{ ...resolved, endsAt: iso(240) }],
    'resolved',
    'it ended 4 min 0 s before: none that is newer',
  ],
  [
    'other labels',
    [{ ...firing, labels: { ...firing.labels, severity: 'info', namespace: '' } }],
    'firing',
    'changed: label namespace is , not default; label severity is info, not none',
  ],
  [
    'other annotations',
    [{ ...firing, annotations: { summary: '<error expanding template>' } }],
    'firing',
    'changed: annotation summary is "<error expanding template>", which does not match',
  ],
] as const)('the receiver has %s', (_, notifications, status, text) => {
  expect(shortfallOf(received(...notifications), canary, status)?.text).toContain(text)
})

test('Watchdog may have begun long ago', () => {
  const repeated = {
    ...firing,
    labels: arrivingLabels(watchdog, ourComponents.prometheus),
    annotations: { summary: 'always' },
    startsAt: iso(9999),
  }
  expect(shortfallOf(received(repeated), watchdog, 'firing')).toBeUndefined()
})

const values = parse(readFileSync('values/kube-prometheus-stack.yaml', 'utf8')) as {
  alertmanager: { config: { route: { routes: object[] }; receivers: object[] } }
}
const { route, receivers } = values.alertmanager.config
const configuration = (changes: object = {}, more: object = {}) =>
  parseConfiguration(
    JSON.stringify({
      route: { receiver: 'null', routes: route.routes.map((one) => ({ ...one, ...changes })) },
      receivers,
      ...more,
    }),
  )

const rule: Rule = {
  group: 'alert-canary',
  name: 'E2ECanary',
  type: 'alerting',
  query: 'avg(active_users) and on () (vector(time()) % 10 < 5)',
  state: 'inactive',
  health: 'ok',
  lastError: '',
}
const working: Delivery = {
  prometheus: ourComponents.prometheus,
  alertmanager: ourComponents.alertmanager,
  url: ourServers.alertmanager.url,
  labels: arrivingLabels(canary, ourComponents.prometheus),
  rule,
  states: ['firing'],
  missingMetrics: [],
  sendErrors: [],
  droppedBy: undefined,
  configuration: configuration(),
  active: [watchdog.labels, canary.labels],
  silences: [],
  mutingIntervals: [],
  failed: [],
}

test('with the values of this repository nothing is lost', () => {
  expect(describeLoss(working, 'firing')).toEqual([])
  expect(describeLoss(working, 'resolved')).toEqual([])
})

const silence = {
  id: '4f2',
  status: { state: 'active' },
  matchers: [{ name: 'alertname', value: 'E2E.*', isRegex: true, isEqual: true }],
  createdBy: 'somebody',
  comment: 'quiet',
  endsAt: '2026-11-28T10:00:00Z',
} as const
const before = [{ matchers: ['severity="none"'], receiver: 'null' }, ...route.routes]

test.each<[Partial<Delivery>, 'firing' | 'resolved', string, string]>([
  [
    { rule: { ...rule, health: 'err', lastError: 'many-to-many' } },
    'firing',
    'cannot be evaluated: many-to-many',
    'correct its PrometheusRule',
  ],
  [
    { states: [], missingMetrics: ['active_users'] },
    'firing',
    'has not fired for 20 s: its expression, avg(active_users) and on () (vector(time()) % 10 < 5), has had no result: there is no metric active_users',
    'see app-targets',
  ],
  [
    { states: ['pending'], rule: { ...rule, duration: 300 } },
    'firing',
    'is pending and has not fired for 20 s: it fires only after 300 s (for)',
    'correct its PrometheusRule',
  ],
  [
    { sendErrors: ['http://10.244.1.7:9093: connection refused'] },
    'firing',
    'Prometheus could not send alerts to Alertmanager in the last 20 s: http://10.244.1.7:9093: connection refused',
    'spec.alerting',
  ],
  [
    { droppedBy: 'drop of [severity] =~ "none"' },
    'firing',
    'Prometheus drops E2ECanary before it sends it: alert relabeling drop of [severity] =~ "none"',
    'additionalAlertRelabelConfigs',
  ],
  [
    { silences: [silence] },
    'firing',
    'E2ECanary is silenced until 2026-11-28T10:00:00Z by somebody ("quiet"): silence 4f2 has the matchers {alertname=~"E2E.*"}',
    'curl -X DELETE http://127.0.0.1:30903/api/v2/silence/4f2',
  ],
  [
    {
      configuration: configuration(
        {},
        {
          inhibit_rules: [
            { source_matchers: ['alertname=Watchdog'], target_matchers: ['namespace=default'] },
          ],
        },
      ),
    },
    'firing',
    'E2ECanary is inhibited by alert Watchdog (alertname=Watchdog',
    'resolve that alert',
  ],
  [
    { configuration: configuration({}, { route: { receiver: 'null', routes: before } }) },
    'firing',
    'does not send E2ECanary to alert-receiver: route {severity="none"} sends it to null',
    'alertmanager.config',
  ],
  [
    { configuration: configuration({ mute_time_intervals: ['nights'] }), mutingIntervals: ['nights'] },
    'firing',
    'takes E2ECanary, is muted now by mute_time_intervals nights',
    'alertmanager.config',
  ],
  [
    { configuration: configuration({ active_time_intervals: ['days'] }) },
    'firing',
    'takes E2ECanary, may be muted now, outside its active_time_intervals days',
    'alertmanager.config',
  ],
  [
    { configuration: configuration({ group_wait: '1m30s', group_interval: undefined }) },
    'firing',
    'waits 1m30s before it sends the first notification of a group (group_wait) and 5m before the next',
    'alertmanager.config',
  ],
  [
    {
      labels: arrivingLabels(watchdog, ourComponents.prometheus),
      configuration: configuration({ repeat_interval: '12h' }),
    },
    'firing',
    'takes Watchdog, repeats an alert that goes on firing after 12h (repeat_interval)',
    'alertmanager.config',
  ],
  [
    {
      configuration: configuration(
        {},
        { receivers: [{ name: 'alert-receiver', webhook_configs: [{ send_resolved: false }] }] },
      ),
    },
    'resolved',
    'receiver alert-receiver has send_resolved: false',
    'alertmanager.config',
  ],
  [
    {
      failed: [
        { receiver: 'other', integration: 'webhook[0]', error: 'not ours', at: now },
        { receiver: 'alert-receiver', integration: 'webhook[0]', error: 'connection refused', at: now },
      ],
    },
    'firing',
    'Alertmanager cannot notify receiver alert-receiver through webhook[0]: connection refused',
    'check that the receiver runs',
  ],
])('where an alert is lost, row %#', (changes, status, cause, remedy) => {
  const [found = '', ...others] = describeLoss({ ...working, ...changes }, status)
  expect(others).toEqual([])
  const [first, second] = found.split('\n')
  expect(first).toContain(cause)
  expect(second).toMatch(/^  remedy: /)
  expect(second).toContain(remedy)
})

test('the manifest of the canary has its labels and annotations', () => {
  const manifest = parse(readFileSync('manifests/alert-canary.yaml', 'utf8')) as {
    spec: { groups: { rules: { alert: string; labels: object; annotations: Record<string, string> }[] }[] }
  }
  const [found] = manifest.spec.groups.flatMap(({ rules }) => rules)
  expect(canary.labels).toMatchObject({ alertname: found?.alert, ...found?.labels })
  const text = (name: string) =>
    (found?.annotations[name] ?? '')
      .replace('{{ $value | printf "%.0f" }}', '125')
      .replace('{{ $labels.namespace }}', 'default')
  for (const [name, pattern] of Object.entries(canary.annotations)) expect(text(name)).toMatch(pattern)
})
