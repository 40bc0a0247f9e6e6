import { expect, test } from 'vitest'
import { isDeletedDay, oldestDay } from './logDays.ts'

test('what was written before the oldest daily index may have been deleted', () => {
  const oldest = oldestDay(
    ['.kibana', 'logs-2026-11-29', 'logs-2026-11-28', 'logs-old'].map((name) => ({ name })),
  )
  expect(oldest).toBe('2026-11-28')
  expect(isDeletedDay(Date.parse('2026-11-27T23:59:59Z'), oldest)).toBe(true)
  expect(isDeletedDay(Date.parse('2026-11-28T00:00:00Z'), oldest)).toBe(false)
  expect(isDeletedDay(0, oldestDay([]))).toBe(false)
})
