import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createOrderLoad } from './order-load.ts'
import type { Outcome } from './place-order.ts'

test('a summary counts the outcomes since the last one', async () => {
  const outcomes = ['success', 'success', 'failed', 'ECONNREFUSED', 'success', 'HTTP 503', 'ECONNREFUSED']
  const coming = outcomes.map((what) => ({ answered: /^[a-z]+$/.test(what), what }))
  const load = createOrderLoad(async () => coming.shift() ?? { answered: true, what: 'success' })
  outcomes.forEach(() => load.startOrder())
  await setImmediate()
  const summary = load.summary()
  expect(summary).toContain('answered: 4 (failed 1, success 3)')
  expect(summary).toContain('unanswered: 3 (ECONNREFUSED 2, HTTP 503 1)')
  expect(load.summary()).toContain('answered: 0, unanswered: 0, in flight: 0')
})

test('at most 60 orders are in flight', async () => {
  const waiting: ((outcome: Outcome) => void)[] = []
  const load = createOrderLoad(() => new Promise((resolve) => waiting.push(resolve)))
  for (let count = 0; count < 70; count += 1) load.startOrder()
  expect(waiting).toHaveLength(60)
  expect(load.summary()).toContain('in flight: 60, skipped: 10')
  waiting.shift()?.({ answered: true, what: 'success' })
  await setImmediate()
  load.startOrder()
  expect(waiting).toHaveLength(60)
  expect(load.summary()).toContain('in flight: 60, skipped: 0')
})
