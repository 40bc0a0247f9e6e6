import { expect, test } from 'vitest'
import { reapplyChart } from '../../diagnosis/remedies.ts'
import { checklist, claimOf } from './checklist.ts'
import { ownArea } from './claim.ts'
import { namedClaims, notRunOnContext, withoutOurNames } from './runningCluster.ts'

const reason = (id: string, missing = {}, planted = false) =>
  notRunOnContext(claimOf(id), { name: 'staging', planted, missing, services: {} })

test('every claim that the table names is declared', () =>
  expect(namedClaims.filter((id) => !checklist.some((claim) => claim.id === id))).toEqual([]))

test('a claim is not run without what it needs, and the reason says what that is', () => {
  expect(reason('metrics-samples')).toBeUndefined()
  expect(reason('metrics-samples', { prometheus: 'no Prometheus' })).toBe('no Prometheus')
  expect(reason('grafana-panels', { grafana: 'Grafana refuses the login' })).toBe('Grafana refuses the login')
  expect(reason('config-prometheus', { secrets: 'the account may not list Secrets' })).toMatch(/Secrets/)
  expect(reason('config-reconciled', { secrets: 'the account may not list Secrets' })).toBeUndefined()
})

test('an own claim is not run without the server that it queries', () => {
  const ask = { id: 'own', area: ownArea, parts: ['grafana'] } as const
  const facts = { name: 'staging', planted: false, missing: { grafana: 'no Grafana' }, services: {} }
  expect(notRunOnContext(ask, facts)).toBe('no Grafana')
  expect(notRunOnContext({ ...ask, parts: [] }, facts)).toBeUndefined()
})

test('a claim about objects of ours needs them, or is never run', () => {
  expect(reason('vector-nodes')).toBe('needs E2E_PLANT=1')
  expect(reason('vector-nodes', {}, true)).toBeUndefined()
  expect(reason('app-pods', {}, true)).toMatch(/only this harness installs: custom-metrics-app/)
})

test('a remedy names neither our files nor our releases', () => {
  expect(withoutOurNames(`remedy: correct values/vector.yaml, or ${reapplyChart}`)).toBe(
    'remedy: correct the values of chart vector, or `helm upgrade` to the same version with the same values restores the objects of the chart',
  )
})
