import { expect, test } from 'vitest'
import type { Silence } from '../clients/alertmanager.ts'
import {
  describeRoute,
  inhibitionOf,
  matchedRoutes,
  misroutedAlerts,
  parseConfiguration,
  sendsResolved,
  silencesOf,
} from './alertRoutes.ts'

const teams = parseConfiguration(`
route:
  receiver: default
  group_wait: 10s
  routes:
    - match: {owner: team-a}
      receiver: a
      routes:
        - match: {env: testing}
          receiver: a-testing
          mute_time_intervals: [nights]
        - matchers: ['env="production"']
          receiver: a-production
          group_wait: 1m
          continue: true
        - match_re: {env: "produ.*", job: ".*"}
          receiver: a-all
    - match_re: {owner: "team-(b|c)"}
      receiver: b-c
    - matchers: ['kind = shared', 'env != testing']
      routes:
        - matchers: ['deep =~ "x|y"']
    - matchers: ['kind = shared']
      receiver: never
receivers: [{name: default}]
`)

test.each([
  [{}, ['default: the root route']],
  [{ owner: 'team-a' }, ['a: route {owner="team-a"}']],
  [{ owner: 'team-a', env: 'other' }, ['a: route {owner="team-a"}']],
  [{ owner: 'team-a', env: 'testing' }, ['a-testing: route {owner="team-a"} > {env="testing"}']],
  [
    { owner: 'team-a', env: 'production' },
    [
      'a-production: route {owner="team-a"} > {env="production"}',
      // A missing label is empty, which .* accepts.
      'a-all: route {owner="team-a"} > {env=~"produ.*", job=~".*"}',
    ],
  ],
  // A regular expression must match the whole value.
  [{ owner: 'team-bc' }, ['default: the root route']],
  [{ owner: 'team-c' }, ['b-c: route {owner=~"team-(b|c)"}']],
  // Without its own receiver, a route has its parent's; without `continue`, the next one is not tried.
  [{ kind: 'shared', deep: 'y' }, ['default: route {kind="shared", env!="testing"} > {deep=~"x|y"}']],
  [{ kind: 'shared', env: 'testing' }, ['never: route {kind="shared"}']],
])('%o goes to %o', (labels, expected) => {
  const found = matchedRoutes(teams, labels)
  expect(found.map((route) => `${route.receiver}: ${describeRoute(route)}`)).toEqual(expected)
})

test('times to wait are inherited, times of muting are not', () => {
  const [testing] = matchedRoutes(teams, { owner: 'team-a', env: 'testing' })
  expect(testing).toMatchObject({
    groupWait: '10s',
    groupInterval: '5m',
    repeatInterval: '4h',
    muteTimeIntervals: ['nights'],
  })
  const [production] = matchedRoutes(teams, { owner: 'team-a', env: 'production' })
  expect(production).toMatchObject({ groupWait: '1m', muteTimeIntervals: [] })
})

const inhibiting = parseConfiguration(`
route: {receiver: default}
inhibit_rules:
  - source_matchers: ['severity = critical']
    target_matchers: ['severity =~ "warning|info"']
    equal: [namespace, alertname]
  - source_match: {alertname: NodeDown}
    target_match_re: {severity: none|info}
  - target_matchers: ['alertname = InfoInhibitor']
`)
const critical = { alertname: 'Full', namespace: 'shop', severity: 'critical' }
const nodeDown = { alertname: 'NodeDown', severity: 'none' }
const inhibitor = { alertname: 'InfoInhibitor', severity: 'other' }

test.each([
  ['equal labels', { ...critical, severity: 'warning' }, [critical], 'Full'],
  ['another namespace', { ...critical, severity: 'warning', namespace: 'default' }, [critical], undefined],
  ['labels that both lack are equal', { severity: 'info' }, [{ severity: 'critical' }], undefined],
  ['old match fields', { alertname: 'Canary', severity: 'none' }, [nodeDown], 'NodeDown'],
  ['itself, which is on both sides', nodeDown, [nodeDown], undefined],
  ['a rule without source', inhibitor, [critical], 'Full'],
  ['a rule without source, and nothing but itself', inhibitor, [inhibitor], undefined],
  ['nothing else is active', { ...critical, severity: 'warning' }, [], undefined],
])('inhibition: %s', (what, labels, active, source) => {
  const found = inhibitionOf(inhibiting, labels, active)
  if (what.startsWith('labels that both lack')) expect(found?.source).toEqual({ severity: 'critical' })
  else expect(found?.source['alertname']).toBe(source)
})

test('an inhibition names its rule', () => {
  expect(inhibitionOf(inhibiting, { ...critical, severity: 'info' }, [critical])?.rule).toBe(
    '{severity="critical"} mutes {severity=~"warning|info"} with equal namespace, alertname',
  )
})

const silence = (...matchers: Silence['matchers']): Silence => ({
  id: 'one',
  status: { state: 'active' },
  matchers,
  createdBy: 'somebody',
  comment: 'maintenance',
  endsAt: '2026-11-28T10:00:00Z',
})
const watchdog = { alertname: 'Watchdog', severity: 'none' }

test.each([
  [silence({ name: 'alertname', value: 'Watchdog', isRegex: false }), true],
  [silence({ name: 'alertname', value: 'Watch', isRegex: true }), false],
  [silence({ name: 'alertname', value: 'Watch.*', isRegex: true, isEqual: true }), true],
  [silence({ name: 'team', value: 'shop', isRegex: false, isEqual: false }), true],
  [silence({ name: 'alertname', value: '.*', isRegex: true, isEqual: false }), false],
  [
    {
      ...silence({ name: 'alertname', value: 'Watchdog', isRegex: false }),
      status: { state: 'expired' },
    } as const,
    false,
  ],
])('silence %# mutes Watchdog: %s', (one, expected) => {
  expect(silencesOf([one], watchdog).length > 0).toBe(expected)
})

test('a receiver sends resolutions unless one of its integrations is told not to', () => {
  const configuration = parseConfiguration(`
route: {receiver: 'null'}
receivers:
  - name: 'null'
  - {name: hook, webhook_configs: [{url: http://hook}]}
  - {name: mute, webhook_configs: [{url: http://hook, send_resolved: false}]}
`)
  expect(['null', 'hook', 'mute'].map((name) => sendsResolved(configuration, name))).toEqual([
    true,
    true,
    false,
  ])
})

const expected = [{ alert: 'Watchdog', labels: watchdog, receivers: ['ours'] }]
const routed = (routes: string) => parseConfiguration(`route: {receiver: 'null', routes: [${routes}]}`)

test.each([
  ['as expected', `{matchers: ['alertname="Watchdog"'], receiver: ours}`],
  [
    'an AlertmanagerConfig gets it besides',
    `{receiver: default/team/hook, continue: true}, {matchers: ['alertname="Watchdog"'], receiver: ours}`,
  ],
])('routes: %s', (_, routes) => {
  expect(misroutedAlerts(routed(routes), expected, ['default/team'])).toEqual([])
})

test('receivers of the overlay may also get alerts, even those that nobody gets otherwise', () => {
  const nobody = [{ alert: 'a warning', labels: { severity: 'warning' }, receivers: ['null'] }]
  const toTeam = routed(`{matchers: ['severity="warning"'], receiver: team}`)
  const listed = { ...toTeam, receivers: [{ name: 'null', labels: { name: 'null' } }] }
  expect(misroutedAlerts(toTeam, nobody, [], ['team'])).toEqual([])
  expect(misroutedAlerts(listed, nobody, [], ['team'])).toEqual([])
  expect(misroutedAlerts(toTeam, nobody, [])).toHaveLength(1)
  const watchdogToTeam = routed(`{matchers: ['alertname="Watchdog"'], receiver: team}`)
  const withOurs = { ...watchdogToTeam, receivers: [{ name: 'ours', webhook_configs: [{}] }] }
  expect(misroutedAlerts(withOurs, expected, [], ['team'])).toHaveLength(1)
})

test.each([
  ['no route', '', 'but goes to null: the root route sends it to null'],
  [
    'taken before',
    `{matchers: ['severity="none"'], receiver: dead}, {matchers: ['alertname="Watchdog"'], receiver: ours}`,
    'but goes to dead: route {severity="none"} sends it to dead',
  ],
  [
    'an AlertmanagerConfig takes it',
    `{receiver: default/team/hook}, {matchers: ['alertname="Watchdog"'], receiver: ours}`,
    'but goes to none of these: route {} sends it to default/team/hook',
  ],
])('misrouted: %s', (_, routes, text) => {
  const [found, ...others] = misroutedAlerts(routed(routes), expected, ['default/team'])
  expect(others).toEqual([])
  expect(found).toContain('Watchdog (alertname=Watchdog, severity=none) should go to ours, ')
  expect(found).toContain(text)
})
