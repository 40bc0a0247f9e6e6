import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createOrderLoad } from './order-load.ts'
import type { Outcome } from './place-order.ts'

test('a summary counts what came out since the last one', async () => {
  const outcomes = ['success', 'success', 'failed', 'ECONNREFUSED', 'success', 'HTTP 503', 'ECONNREFUSED']
  const coming = outcomes.map((what) => ({ answered: /^[a-z]+$/.test(what), what }))
  const load = createOrderLoad(async () => coming.shift() ?? { answered: true, what: 'success' })
  outcomes.forEach(() => load.startOrder())
  await setImmediate()
  expect(load.summary()).toMatchInlineSnapshot(
    `"orders answered: 4 (failed 1, success 3), unanswered: 3 (ECONNREFUSED 2, HTTP 503 1), in flight: 0, left out: 0"`,
  )
  expect(load.summary()).toMatchInlineSnapshot(
    `"orders answered: 0, unanswered: 0, in flight: 0, left out: 0"`,
  )
})

test('no more than 60 orders are in flight', async () => {
  const waiting: ((outcome: Outcome) => void)[] = []
  const load = createOrderLoad(() => new Promise((resolve) => waiting.push(resolve)))
  for (let count = 0; count < 70; count += 1) load.startOrder()
  expect(waiting).toHaveLength(60)
  expect(load.summary()).toMatchInlineSnapshot(
    `"orders answered: 0, unanswered: 0, in flight: 60, left out: 10"`,
  )
  waiting.shift()?.({ answered: true, what: 'success' })
  await setImmediate()
  load.startOrder()
  expect(waiting).toHaveLength(60)
  expect(load.summary()).toMatchInlineSnapshot(
    `"orders answered: 1 (success 1), unanswered: 0, in flight: 60, left out: 0"`,
  )
})
