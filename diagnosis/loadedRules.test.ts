import { expect, test } from 'vitest'
import { loadedGroupNames, pairRules } from './loadedRules.ts'
import { hasGroup } from './writtenConfig.ts'
import { describeTime, lastChange } from './lastChange.ts'

const file = '/etc/prometheus/rules/prometheus-x-rulefiles-0/default-team-u1.yaml'
const groups = [{ file, name: 'shop', rules: [{ name: 'a:b', query: 'sum(up)' }] }]
const rule = (groupsOf: readonly object[]) => ({
  kind: 'PrometheusRule',
  metadata: { namespace: 'default', name: 'team', uid: 'u1' },
  spec: { groups: groupsOf },
})

test('a loaded group is named by its file', () => {
  expect(loadedGroupNames(groups)).toEqual(['default-team-u1.yaml/shop'])
})

test('each rule is compared with the one that Prometheus runs in its place', () => {
  const rules = [
    { record: 'a:b', expr: 'sum(down)' },
    { alert: 'New', expr: 1 },
  ]
  expect(pairRules(rule([{ name: 'shop', rules }]), groups)).toEqual([
    { group: 'shop', rule: 'a:b', wanted: 'sum(down)', loaded: 'sum(up)' },
    { group: 'shop', rule: 'New', wanted: '1', loaded: undefined },
  ])
})

test('the last change of the spec, not of the status', () => {
  const write = (time: string, fieldsV1: object, subresource?: string) => ({
    ...{ manager: time, time: new Date(time), fieldsV1 },
    ...(subresource && { subresource }),
  })
  const managedFields = [
    write('2000-01-02T10:00:00Z', { 'f:spec': {} }),
    write('2000-01-02T11:00:00Z', { 'f:status': {} }, 'status'),
  ]
  const change = lastChange({ creationTimestamp: new Date('2000-01-01T10:00:00Z'), managedFields }, ['spec'])
  expect(change).toEqual({ at: Date.parse('2000-01-02T10:00:00Z'), by: '2000-01-02T10:00:00Z' })
  expect(describeTime(change.at, change.at + 1000)).toBe('10:00:00 UTC')
  expect(describeTime(change.at)).toBe('2000-01-02 10:00:00 UTC')
})

test('a group in a file that the operator wrote', () => {
  const files = {
    'a-b-u.yaml': 'groups:\n- interval: 5s\n  name: shop.rules\n  rules:\n  - alert: x\n- name: other\n',
  }
  expect(hasGroup(files, 'a-b-u.yaml/shop.rules')).toBe(true)
  expect(hasGroup(files, 'a-b-u.yaml/other')).toBe(true)
  expect(hasGroup(files, 'a-b-u.yaml/shop')).toBe(false)
  expect(hasGroup(files, 'b.yaml/other')).toBe(false)
})
