import type { CoreV1Event } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { MonitoringObject } from './monitoringObjects.ts'
import { lastComplaint, operatorProblems } from './operatorLog.ts'
import { newestRejected } from './rejectedObjects.ts'
import { rejectionEvents, rejectionOf, ruleProblems } from './rejections.ts'

const event = (kind: string, name: string, message: string, time: string): CoreV1Event => ({
  involvedObject: { kind, namespace: 'default', name },
  metadata: {},
  message,
  lastTimestamp: new Date(time),
})
const object = (name: string, status?: MonitoringObject['status']): MonitoringObject => ({
  kind: 'ServiceMonitor',
  metadata: { namespace: 'default', name },
  spec: {},
  ...(status && { status }),
})
// As operator 0.85 words them.
const events = rejectionEvents([
  event(
    'ServiceMonitor',
    'shop',
    '"default/shop" was rejected due to invalid configuration: endpoints[0]: basicAuth: unable to get secret "none"',
    '2026-11-28T10:00:05Z',
  ),
  event(
    'ServiceMonitor',
    'shop',
    '"default/shop" was rejected due to invalid configuration: older',
    '2026-11-28T10:00:00Z',
  ),
  event(
    'ServiceMonitor',
    'cured',
    '"default/cured" was rejected due to invalid configuration: x',
    '2026-11-28T09:00:00Z',
  ),
  event(
    'PrometheusRule',
    'team',
    'PrometheusRule team was rejected due to invalid configuration: invalid rule',
    '2026-11-28T10:00:00Z',
  ),
])

test('the newest event about an object says why it is rejected', () => {
  expect(rejectionOf(object('shop'), events)).toBe('endpoints[0]: basicAuth: unable to get secret "none"')
  expect(rejectionOf({ ...object('team'), kind: 'PrometheusRule' }, events)).toBe('invalid rule')
  expect(rejectionOf(object('other'), events)).toBeUndefined()
})

test('the status of an object, which newer operators write, comes first', () => {
  const conditions = [{ type: 'Accepted', status: 'False', message: 'by status' }]
  expect(rejectionOf(object('shop', { bindings: [{ name: 'a', conditions }] }), events)).toBe('by status')
})

test('as many objects are rejected as the metric says, those with the newest events', () => {
  expect(newestRejected([object('cured'), object('shop')], 1, events)).toEqual([object('shop')])
})

test('the expressions of a rule that do not parse', async () => {
  const rule = {
    ...object('team'),
    spec: {
      groups: [
        { name: 'good', rules: [{ record: 'a:b', expr: 'sum(up)' }] },
        { name: 'bad', rules: [{ alert: 'Down', expr: 'sum(up' }] },
      ],
    },
  }
  const format = async (query: string) =>
    query === 'sum(up' ? { problem: '1:7: parse error: unclosed left parenthesis' } : { formatted: query }
  expect(await ruleProblems(rule, format)).toEqual([
    'group bad, rule Down: 1:7: parse error: unclosed left parenthesis, in sum(up',
  ])
})

const log = [
  String.raw`ts=2026-11-28T10:00:00Z level=info caller=rules.go:1 msg="invalid rule" component=prometheus-controller prometheusrule=team prometheusrule-namespace=default err="group \"bad\", rule 0, \"Down\": invalid label"`,
  'ts=2026-11-28T10:00:00Z level=warn msg="skipping prometheusrule" error="invalid rule" prometheusrule=team namespace=default',
  'ts=2026-11-28T10:00:00Z level=warn msg="skipping object" kind=ServiceMonitor error="endpoints[0]: no" object=default/shop',
]

test("the operator's log about an object", () => {
  const namespace = 'default'
  expect(operatorProblems(log, { kind: 'PrometheusRule', namespace, name: 'team' })).toEqual([
    'group "bad", rule 0, "Down": invalid label',
  ])
  expect(operatorProblems(log, { kind: 'ServiceMonitor', namespace, name: 'shop' })).toEqual([
    'endpoints[0]: no',
  ])
  expect(operatorProblems(log, { kind: 'ServiceMonitor', namespace, name: 'other' })).toEqual([])
})

test("the operator's last complaint", () => {
  const forbidden =
    'E1128 10:00:00 reflector.go:205] "Failed to watch" err="failed to list *v1.PodMonitor: podmonitors is forbidden"'
  expect(lastComplaint(log)).toBe('skipping object: endpoints[0]: no')
  expect(lastComplaint([...log, forbidden, 'level=info msg="sync prometheus"'])).toBe(
    'failed to list *v1.PodMonitor: podmonitors is forbidden',
  )
  expect(lastComplaint([])).toBeUndefined()
})
