import { expect, test } from 'vitest'
import { beside, brief, findings, routing, type Change } from '../exampleChange.ts'
import { alert, base } from '../exampleObservation.ts'

const highLoad = (expr: string, more: Parameters<typeof alert>[1] = {}) => ({
  alertingRules: { ...base.alertingRules, 'node / HighLoad': alert(expr, more) },
})
const { route } = base.notification.alertmanager

test('a threshold that is 100 times as high', () => {
  expect(findings({ after: highLoad('instance:load > 800', { selects: { 'instance:load': 4 } }) }))
    .toMatchInlineSnapshot(`
      [
        {
          "changesMeaning": true,
          "consequences": [],
          "id": "alert/node / HighLoad/expr",
          "remedy": "if the old condition is what you want, disable the rule (defaultRules.disabled in the values) and add the old one as your own PrometheusRule: \`instance:load > 8\`",
          "sentence": "alert node / HighLoad fires later or never: its condition changed from > 8 to > 800",
          "severity": "high",
          "verdict": "new",
        },
      ]
    `)
})

test('a rule group that is gone: its alerts are consequences', () => {
  const before = { alertingRules: { 'etcd / X': alert('x > 1'), 'etcd / Y': alert('y > 1') } }
  const found = findings({
    before: { ...before, ruleGroups: { ...base.ruleGroups, etcd: 30 } },
    after: { alertingRules: {}, ruleGroups: base.ruleGroups },
  })
  expect(found).toMatchObject([
    {
      id: 'rule-group/etcd',
      sentence: 'rule group etcd is gone, and with it 2 alerts: X, Y',
      consequences: [
        expect.stringContaining('alert etcd / X (severity warning) is gone'),
        expect.stringContaining('alert etcd / Y (severity warning) is gone'),
      ],
    },
  ])
})

test('a threshold that follows a recorded value: one finding, about the recording rule', () => {
  const load = { record: 'instance:load', answer: 'data' }
  const found = findings({
    after: {
      recordingRules: {
        ...base.recordingRules,
        'node / instance:load': { ...load, expr: '100 * avg by (instance) (node_load1)' },
      },
      ...highLoad('instance:load > 800'),
      sideBySide: { 'value/node / instance:load': beside(100) },
    },
  })
  expect(found).toMatchObject([
    {
      id: 'value/node / instance:load',
      consequences: [expect.stringContaining('its condition changed from > 8 to > 800')],
    },
  ])
})

test('a threshold that changed by more than the recorded value: two findings', () => {
  const load = { record: 'instance:load', answer: 'data' }
  expect(
    brief({
      after: {
        recordingRules: {
          ...base.recordingRules,
          'node / instance:load': { ...load, expr: '2 * avg by (instance) (node_load1)' },
        },
        ...highLoad('instance:load > 800'),
        sideBySide: { 'value/node / instance:load': beside(2) },
      },
    }),
  ).toEqual([
    'new alert/node / HighLoad/expr, another meaning',
    'new value/node / instance:load, another meaning',
  ])
})

test('a different severity, and the receivers before and after', () => {
  const withInfo = {
    ...route,
    routes: [...(route.routes ?? []), { receiver: 'null', matchers: ['severity="info"'] }],
  }
  const change = {
    before: routing({ route: withInfo }),
    after: highLoad('instance:load > 8', { labels: { severity: 'info' } }),
  }
  expect(findings(change).map(({ sentence }) => sentence)).toMatchInlineSnapshot(`
    [
      "alert node / HighLoad: label severity changed from warning to info; its notifications move from team to null",
    ]
  `)
})

const ofExpression = 'alert/node / HighLoad/expr'
const restarts = (window: string) => ({
  alertingRules: { 'app / Restarts': alert(`increase(restarts_total[${window}]) > 4`) },
})
test.each<Change>([
  {
    what: 'an alert that fires on the other side of its threshold',
    after: { ...highLoad('instance:load < 8'), sideBySide: { [ofExpression]: beside(1) } },
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert that fires on every value except its threshold',
    after: highLoad('instance:load != 8'),
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert that also fires at its threshold',
    after: highLoad('instance:load >= 8'),
    findings: [`change ${ofExpression}`],
  },
  {
    what: 'an alert that no longer fires at its threshold',
    before: highLoad('instance:load >= 8'),
    after: highLoad('instance:load > 8'),
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'a different operator and a threshold that is 100 times as high',
    after: highLoad('instance:load >= 800'),
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert that leaves out one of many series',
    after: {
      ...highLoad('instance:load{instance!="a"} > 8'),
      sideBySide: { [ofExpression]: beside(1, { series: { old: 20, now: 19, common: 19 } }) },
    },
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert with a shorter window, about something that has not happened yet',
    before: restarts('15m'),
    after: restarts('1m'),
    findings: ['new alert/app / Restarts/expr, another meaning'],
  },
  {
    what: 'an alert with a longer window, about something that has not happened yet',
    before: restarts('15m'),
    after: restarts('1h'),
    findings: ['change alerts/not-compared'],
  },
  {
    what: 'an alert with a different name',
    before: highLoad('instance:load > 8'),
    after: {
      alertingRules: {
        ...Object.fromEntries(
          Object.entries(base.alertingRules).filter(([key]) => key !== 'node / HighLoad'),
        ),
        'node / LoadIsHigh': alert('instance:load > 8'),
      },
    },
    findings: ['new alert/node / HighLoad, another meaning'],
  },
  {
    what: 'an alert that moved to a group with a longer interval',
    before: highLoad('instance:load > 8'),
    after: {
      alertingRules: {
        'general / Watchdog': base.alertingRules['general / Watchdog'] ?? alert(''),
        'slow / HighLoad': alert('instance:load > 8'),
      },
      ruleGroups: { ...base.ruleGroups, slow: 300 },
    },
    findings: ['new alert/node / HighLoad/group, another meaning'],
  },
  {
    what: 'an alert that moved to a group with the same interval',
    before: highLoad('instance:load > 8'),
    after: {
      alertingRules: {
        'general / Watchdog': base.alertingRules['general / Watchdog'] ?? alert(''),
        'quota / HighLoad': alert('instance:load > 8'),
      },
    },
    findings: [],
  },
  {
    what: 'an alert whose expression is only spelled differently',
    after: {
      ...highLoad('(instance:load) > 8'),
      sideBySide: { [ofExpression]: beside(1) },
    },
    findings: ['change alerts/rewritten'],
  },
  {
    what: 'an alert that now compares per cent with a threshold in per cent',
    after: {
      ...highLoad('100 * instance:load > 800'),
      sideBySide: { [ofExpression]: beside(100) },
    },
    findings: ['change alerts/rewritten'],
  },
  {
    what: 'an alert that now compares per cent with the old threshold',
    after: {
      ...highLoad('instance:load / 100 > 8'),
      sideBySide: { [ofExpression]: beside(0.01) },
    },
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert whose new expression returns no series',
    after: {
      ...highLoad('instance:load{job="none"} > 8'),
      sideBySide: { [ofExpression]: beside(1, { series: { old: 4, now: 0, common: 0 } }) },
    },
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert about something that this cluster does not have',
    after: {
      ...highLoad('max by (cluster) (instance:load) > 8'),
      sideBySide: { [ofExpression]: beside(1, { series: { old: 0, now: 0, common: 0 } }) },
    },
    findings: ['change alerts/not-compared'],
  },
  {
    what: 'a threshold that is reached sooner',
    after: highLoad('instance:load > 4'),
    findings: [`change ${ofExpression}`],
  },
  {
    what: 'an alert that fires later and resolves sooner',
    before: highLoad('instance:load > 8', { keepFiringFor: 600 }),
    after: highLoad('instance:load > 8', { for: 900 }),
    findings: [
      'new alert/node / HighLoad/for, another meaning',
      'change alert/node / HighLoad/keepFiringFor',
    ],
  },
  {
    what: 'a new label that no route matches',
    after: highLoad('instance:load > 8', { labels: { severity: 'warning', component: 'node' } }),
    findings: ['change alert/node / HighLoad/labels.component'],
  },
  {
    what: 'a label that is gone',
    before: highLoad('instance:load > 8', { labels: { severity: 'warning', team: 'a' } }),
    after: highLoad('instance:load > 8'),
    findings: ['new alert/node / HighLoad/labels.team, another meaning'],
  },
  {
    what: 'different annotations, and a runbook link that is gone',
    before: highLoad('instance:load > 8', { annotations: { summary: 'a', runbook_url: 'https://x' } }),
    after: highLoad('instance:load > 8', { annotations: { summary: 'b' } }),
    findings: ['change alerts/runbooks-gone', 'change alerts/texts'],
  },
  {
    what: 'a different runbook link',
    before: highLoad('instance:load > 8', { annotations: { runbook_url: 'https://x' } }),
    after: highLoad('instance:load > 8', { annotations: { runbook_url: 'https://y' } }),
    findings: ['change alerts/runbooks'],
  },
  {
    what: 'an alert that is now pending, and one that may be',
    before: { alertingRules: { 'a / X': alert('x > 1'), 'a / NodeCPUHighUsage': alert('y > 1') } },
    after: {
      alertingRules: {
        'a / X': alert('x > 1', { state: 'pending' }),
        'a / NodeCPUHighUsage': alert('y > 1', { state: 'firing' }),
      },
    },
    findings: ['change alert/a / NodeCPUHighUsage', 'change alert/a / X'],
  },
  {
    what: 'an alert whose series now have a different job',
    before: highLoad('node_load1{job="node"} > 8', { selects: { 'node_load1{job="node"}': 4 } }),
    after: highLoad('node_load1{job="node"} > 8', { selects: { 'node_load1{job="node"}': 0 } }),
    findings: ['new alert/node / HighLoad/selects, another meaning'],
  },
  {
    what: 'an alert about something that has not happened since the restart',
    before: highLoad('kube_pod_waiting > 0', { selects: { kube_pod_waiting: 4 } }),
    after: {
      ...highLoad('kube_pod_waiting > 0', { selects: { kube_pod_waiting: 0 } }),
      metrics: { ...base.metrics, kube_pod_waiting: { jobs: ['kubelet'], labels: [], series: 0 } },
    },
    findings: [],
  },
  {
    what: 'one of two alerts with the same name is gone',
    before: {
      alertingRules: {
        'a / X': alert('x > 1'),
        'a / X #2': alert('x > 2', { labels: { severity: 'critical' } }),
      },
    },
    after: { alertingRules: { 'a / X': alert('x > 2', { labels: { severity: 'critical' } }) } },
    findings: ['new alert/a / X, another meaning'],
  },
  {
    what: 'an additional condition that does not hold here',
    after: {
      ...highLoad('instance:load > 8 and on () vector(0) == 1'),
      sideBySide: { [ofExpression]: beside(1, { series: { old: 4, now: 0, common: 0 } }) },
    },
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'an alert that lost a filter',
    after: {
      ...highLoad('instance:load{} > 8'),
      sideBySide: { [ofExpression]: beside(1, { series: { old: 4, now: 9, common: 4 } }) },
    },
    findings: [`change ${ofExpression}`],
  },
  {
    what: 'a comparison that is reversed',
    before: highLoad('instance:load > instance:cpus'),
    after: {
      ...highLoad('instance:cpus > instance:load'),
      sideBySide: { [ofExpression]: beside(-1) },
    },
    findings: [`new ${ofExpression}, another meaning`],
  },
  {
    what: 'alerts whose severity changed in the same way',
    before: { alertingRules: { 'a / X': alert('x > 1'), 'a / Y': alert('y > 1') } },
    after: {
      alertingRules: {
        'a / X': alert('x > 1', { labels: { severity: 'info' } }),
        'a / Y': alert('y > 1', { labels: { severity: 'info' } }),
      },
    },
    findings: ['new alert-labels/severity/warning to info, another meaning'],
  },
  {
    what: 'a new alert',
    after: { alertingRules: { ...base.alertingRules, 'a / X': alert('x > 1') } },
    findings: [],
  },
])('$what', (change) => {
  expect(brief(change)).toEqual(change.findings)
})

test.each([
  [
    'another value of a label',
    'increase(kube_pod_status{reason="CrashLoopBackOff"}[5m]) >= 1',
    'increase(kube_pod_status{reason="CrashLoop"}[5m]) >= 1',
    'reason is "CrashLoop" instead of "CrashLoopBackOff"',
  ],
  [
    'another function',
    'increase(errors[15m]) > 4',
    'rate(errors[15m]) > 4',
    'it applies rate instead of increase',
  ],
])('an alert on what does not happen here, with %s', (_, old, now, difference) => {
  const rules = (expr: string) => ({ alertingRules: { ...base.alertingRules, 'app / Crash': alert(expr) } })
  expect(findings({ before: rules(old), after: rules(now) })).toMatchObject([
    {
      id: 'alert/app / Crash/expr',
      verdict: 'new',
      sentence: expect.stringContaining(`watches something else: ${difference}`) as string,
    },
  ])
})
