import { expect, test } from 'vitest'
import { clockShortfalls, nodeReadings, offsetOf, type Reading } from './clocks.ts'

const now = Date.parse('2026-11-28T10:00:00Z')
/** A clock that is this many milliseconds ahead of this machine's, asked over a round trip. */
const reading = (whose: string, ahead: number, roundTrip = 20): Reading => ({
  whose,
  asked: now,
  answered: now + roundTrip,
  time: now + roundTrip / 2 + ahead,
  coarseness: 0,
})
const three = (ahead: number) =>
  ['the API server', 'Prometheus', 'OpenSearch'].map((whose) => reading(whose, ahead))
const minutes = (count: number) => count * 60_000
const sameKernel = { here: '6.1', nodes: ['6.1', '6.1'] }
const virtual = { here: '24.6.0', nodes: ['6.6.87-wsl2'] }

test('half the round trip and the coarseness of a header are considered', () => {
  const header = { ...reading('the API server', 0, 1000), time: now, coarseness: 1000 }
  expect(offsetOf(header)).toEqual({ whose: 'the API server', ms: 0, error: 1000 })
  expect(clockShortfalls([reading('Prometheus', 5400, 1000)], sameKernel)).toEqual([])
  expect(clockShortfalls([reading('Prometheus', 5600, 1000)], sameKernel)).toHaveLength(1)
})

test('clocks that agree', () => {
  expect(clockShortfalls(three(4000), sameKernel)).toEqual([])
})

test("this machine's clock is named if all others agree", () => {
  expect(clockShortfalls(three(-minutes(20)), virtual).join('\n')).toMatchInlineSnapshot(`
    "the clock of this machine is 20 min 0 s ahead of that of the API server, Prometheus, OpenSearch
      what one writes now lies outside the time range that the other asks for: dashboards say "No data"
      remedy: Docker runs in a virtual machine (its kernel is 6.6.87-wsl2, this machine's 24.6.0), whose clock stops while the computer sleeps: restart Docker Desktop, or on Windows run \`wsl --shutdown\` and start it again; if this machine itself is wrong, synchronise it first"
  `)
})

test('the one server whose clock differs is named', () => {
  const [text, ...more] = clockShortfalls([...three(0), reading('node worker', minutes(2))], sameKernel)
  expect(more).toEqual([])
  expect(text).toMatch(
    /^the clock of node worker is 2 min 0 s ahead of that of this machine, the API server, Prometheus, OpenSearch\n/,
  )
})

test('a node is named by its address, and its clock is compared through that of Prometheus', () => {
  const node = {
    metadata: { name: 'worker' },
    status: { addresses: [{ type: 'InternalIP', address: '172.18.0.3' }] },
  }
  const sample = { labels: { instance: '172.18.0.3:9100' }, value: 90 }
  const [own] = nodeReadings(reading('Prometheus', 0), [sample], [node])
  expect(own && offsetOf(own)).toEqual({ whose: 'node worker', ms: 90_500, error: 510 })
})
