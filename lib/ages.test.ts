import { expect, test } from 'vitest'
import { withoutAges } from './ages.ts'

test('a container that restarts is in the same trouble each time', () => {
  const crashing = (restarts: string, age: string) =>
    `Pod default/app: container app keeps crashing: exit code 2${restarts} (not Ready for ${age})`
  const first = withoutAges(crashing(', 1 restart in 14 s', '41 s'))
  expect(first).toBe('Pod default/app: container app keeps crashing: exit code 2 (not Ready)')
  expect(withoutAges(crashing(', 2 restarts in 2 min 5 s', '2 min 7 s'))).toBe(first)
  expect(withoutAges(crashing(', 9 restarts', '1 h 2 min'))).toBe(first)
})
