import { expect, test } from 'vitest'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { checklist } from '../specs/support/checklist.ts'
import type { Exchange } from './exchange.ts'
import { replayShortfalls, subjects, withoutFault } from './replay.ts'

const outcomes = (broken: Readonly<Record<string, string>>): readonly ClaimOutcome[] =>
  checklist.map((claim) => {
    const text = broken[claim.id]
    return text === undefined
      ? { claim, verdict: 'holds', seconds: 0 }
      : { claim, verdict: 'broken', seconds: 0, text }
  })
const exchange = (path: string): Exchange => ({
  asked: { server: '30090', method: 'GET', path, body: '' },
  answer: { status: 200, contentType: '', date: '', body: '' },
})
const exchanges = [exchange('/a'), exchange('/b')]
const look = { at: 0, exchanges } as unknown as Parameters<typeof replayShortfalls>[1]
const whole = { outcomes: outcomes({}), unrecorded: [], used: new Set(exchanges) }

const fault = subjects.find(({ name }) => name === 'grafana-data-source') ?? withoutFault
const asItShould = Object.fromEntries(
  fault.red.map((id) => [id, 'data source Prometheus is ERROR: http://p:9099 refused']),
)

test('a replay with the outcome that the table lists', () => {
  expect(replayShortfalls(withoutFault, look, whole)).toEqual([])
  expect(replayShortfalls(fault, look, { ...whole, outcomes: outcomes(asItShould) })).toEqual([])
})

test('a fault that no claim catches, and a cause that is not named', () => {
  expect(replayShortfalls(fault, look, whole).join()).toMatch(/should be red and is not: grafana-data-source/)
  const unnamed = outcomes(Object.fromEntries(fault.red.map((id) => [id, 'no data'])))
  expect(replayShortfalls(fault, look, { ...whole, outcomes: unnamed }).join()).toMatch(
    /grafana-data-source does not name the cause/,
  )
})

test('a healthy stack has no alarm', () => {
  const alarmed = { ...whole, outcomes: outcomes({ 'metrics-alerts': 'KubePodNotReady fires' }) }
  expect(replayShortfalls(withoutFault, look, alarmed).join()).toContain('KubePodNotReady')
})

test('requests that were not recorded, and those that nothing asks for any more', () => {
  const changed = { ...whole, unrecorded: ['GET /new'], used: new Set(exchanges.slice(0, 1)) }
  expect(replayShortfalls(withoutFault, look, changed)).toMatchInlineSnapshot(`
    [
      "1 request not in the recording:",
      "  GET /new",
      "1 request of the recording that nothing asks for any more:",
      "  GET http://127.0.0.1:30090/b",
      "  remedy: \`npm run faults -- --record\` records it anew, on a cluster",
    ]
  `)
})
