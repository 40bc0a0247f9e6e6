import { expect, test } from 'vitest'
import { brief, findings, routing, type Change } from '../exampleChange.ts'
import { alert, base } from '../exampleObservation.ts'
import type { Observation } from '../observation.ts'

const { route } = base.notification.alertmanager
const notified = (more: Partial<Observation['notification']>) => ({
  notification: { ...base.notification, ...more },
})
const spare = (host: string) =>
  notified({
    alertmanager: {
      ...base.notification.alertmanager,
      receivers: [...(base.notification.alertmanager.receivers ?? []), { name: 'spare' }],
    },
    secrets: { ...base.notification.secrets, spare: { 'webhook_configs[0].url': host } },
  })
const renamed = routing({
  route: { ...route, receiver: 'sre' },
  receivers: [{ name: 'null' }, { name: 'sre', email_configs: [{ to: 'team@example.org' }] }],
})

test('a route that sends many alerts to a different receiver is one finding', () => {
  const before = {
    alertingRules: Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`a / Alert${index}`, alert('x > 1')]),
    ),
  }
  const after = routing({ route: { ...route, receiver: 'null' } })
  expect(findings({ before, after })).toMatchInlineSnapshot(`
    [
      {
        "changesMeaning": true,
        "consequences": [],
        "id": "route/team to null",
        "remedy": "set the old value under alertmanager.config in the values file, or in the AlertmanagerConfig",
        "sentence": "notifications move from team to null (which notifies nobody), for 40 alerts: Alert0, Alert1, Alert2 and 37 more",
        "severity": "high",
        "verdict": "new",
      },
    ]
  `)
})

test.each([
  ['a.example (1)', 'b.example (2)', 'webhook_configs[0].url changed from a.example to b.example'],
  ['a.example (1)', 'a.example (2)', 'webhook_configs[0].url changed to a different path of a.example'],
  ['1111', '2222', 'webhook_configs[0].url changed'],
])('a receiver whose masked value changed from %s to %s', (old, now, text) => {
  const secrets = (value: string) => notified({ secrets: { team: { 'webhook_configs[0].url': value } } })
  const [finding] = findings({ before: secrets(old), after: secrets(now) })
  expect(finding?.sentence).toBe(`receiver team has a different target or different credentials: ${text}`)
})

test.each<Change>([
  {
    what: 'notifications that are repeated less often, and ones that wait a little longer',
    after: routing({ route: { ...route, repeat_interval: '48h', group_interval: '6m' } }),
    findings: [
      'new route/null/repeat_interval, another meaning',
      'new route/team/repeat_interval, another meaning',
      'change route/null/group_interval',
      'change route/team/group_interval',
    ],
  },
  {
    what: 'one receiver that notifies nobody instead of another',
    after: routing({
      route: { ...route, routes: [{ receiver: 'nobody', matchers: ['alertname="Watchdog"'] }] },
      receivers: [...(base.notification.alertmanager.receivers ?? []), { name: 'nobody' }],
    }),
    findings: ['change route/null to nobody'],
  },
  {
    what: 'a route that mutes at night',
    after: routing({
      route: {
        ...route,
        routes: [
          ...(route.routes ?? []),
          { matchers: ['severity="warning"'], mute_time_intervals: ['nights'] },
        ],
      },
    }),
    findings: ['new route/team/mute_time_intervals, another meaning'],
  },
  {
    what: 'a different group_by',
    after: routing({ route: { ...route, group_by: ['alertname'] } }),
    findings: ['change route/null/group_by', 'change route/team/group_by'],
  },
  {
    what: 'a renamed receiver',
    after: {
      notification: { ...renamed.notification, secrets: { sre: base.notification.secrets['team'] ?? {} } },
    },
    findings: ['change route/team to sre'],
  },
  {
    what: 'a receiver with a different target',
    after: routing({
      receivers: [{ name: 'null' }, { name: 'team', email_configs: [{ to: 'old@example.org' }] }],
    }),
    findings: ['new receiver/team, another meaning'],
  },
  {
    what: 'a receiver that no longer notifies anybody',
    after: routing({ receivers: [{ name: 'null' }, { name: 'team' }] }),
    findings: ['new receiver/team, another meaning'],
  },
  {
    what: 'a receiver field that only the new Alertmanager has',
    after: routing({
      receivers: [
        { name: 'null', labels: { name: 'null' } },
        { name: 'team', email_configs: [{ to: 'team@example.org', force_implicit_tls: false }] },
      ],
    }),
    findings: ['change receiver/team'],
  },
  {
    what: 'a new route for the alerts of one namespace',
    after: routing({
      route: {
        ...route,
        routes: [...(route.routes ?? []), { receiver: 'null', matchers: ['namespace="shop"'] }],
      },
    }),
    findings: ['new route/team to null, another meaning'],
  },
  {
    what: 'an inhibition that compares other labels',
    before: routing({
      inhibit_rules: [{ source_matchers: ['alertname="Watchdog"'], target_matchers: ['severity="warning"'] }],
    }),
    after: routing({
      inhibit_rules: [
        {
          source_matchers: ['alertname="Watchdog"'],
          target_matchers: ['severity="warning"'],
          equal: ['namespace'],
        },
      ],
    }),
    findings: ['new inhibition/{alertname="Watchdog"} mutes {severity="warning"}/equal, another meaning'],
  },
  {
    what: 'an inhibition that mutes warnings, and one that mutes nothing here',
    after: routing({
      inhibit_rules: [
        ...(base.notification.alertmanager.inhibit_rules ?? []),
        { source_matchers: ['alertname="Watchdog"'], target_matchers: ['severity="warning"'] },
        { source_matchers: ['alertname="Other"'], target_matchers: ['severity="warning"'] },
      ],
    }),
    findings: [
      'new inhibition/{alertname="Watchdog"} mutes {severity="warning"}, another meaning',
      'change inhibition/{alertname="Other"} mutes {severity="warning"}',
    ],
  },
  {
    what: 'a receiver with a different masked password',
    after: notified({ secrets: { team: { 'email_configs[0].auth_password': 'bbbb' } } }),
    findings: ['new receiver/team/secrets, another meaning'],
  },
  {
    what: 'a different masked URL of a receiver that no alert is routed to',
    before: spare('a.example'),
    after: spare('b.example'),
    findings: ['change receiver/spare/secrets'],
  },
  {
    what: 'a renamed receiver with a different masked URL',
    after: {
      notification: {
        ...renamed.notification,
        secrets: { sre: { 'email_configs[0].auth_password': 'bbbb' } },
      },
    },
    findings: ['new route/team to sre, another meaning'],
  },
  {
    what: 'an Alertmanager that Prometheus no longer sends alerts to',
    before: notified({ alertmanagers: ['Service alertmanager in monitoring', 'central:9093'] }),
    after: notified({}),
    findings: ['new alertmanagers, another meaning'],
  },
  {
    what: 'an additional Alertmanager',
    after: notified({ alertmanagers: ['Service alertmanager in monitoring', 'central:9093'] }),
    findings: ['change alertmanagers'],
  },
  {
    what: 'alerts that Prometheus no longer sends',
    after: {
      notification: {
        ...base.notification,
        relabelings: [{ action: 'drop', source_labels: ['severity'], regex: 'warning' }],
      },
    },
    findings: ['new alert-relabelings, another meaning'],
  },
  {
    what: 'a label that Prometheus now removes from alerts',
    after: {
      notification: { ...base.notification, relabelings: [{ action: 'labeldrop', regex: 'replica' }] },
    },
    findings: ['change alert-relabelings'],
  },
  {
    what: 'a label that routes match and that Prometheus now removes from alerts',
    before: routing({ route: { ...route, routes: [{ receiver: 'null', matchers: ['replica="a"'] }] } }),
    after: {
      notification: {
        ...routing({ route: { ...route, routes: [{ receiver: 'null', matchers: ['replica="a"'] }] } })
          .notification,
        relabelings: [{ action: 'labeldrop', regex: 'replica' }],
      },
    },
    findings: ['new alert-relabelings, another meaning'],
  },
  {
    what: 'a changed time interval',
    before: routing({ time_intervals: [{ name: 'nights', time_intervals: [{ weekdays: ['sunday'] }] }] }),
    after: routing({ time_intervals: [{ name: 'nights', time_intervals: [{ weekdays: ['monday'] }] }] }),
    findings: ['new time-interval/nights, another meaning'],
  },
])('$what', (change) => {
  expect(brief(change)).toEqual(change.findings)
})
