import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { describeSeconds, innermost, waitingFor, waitsUnderWay, withoutAges } from './progress.ts'

test('the innermost waits under way, with what each lacks', async () => {
  const waits = waitsUnderWay()
  const seen: string[][] = []
  await waitingFor('opensearch', async () => {
    seen.push(innermost(waits).map(({ what }) => what))
    let tries = 0
    const probe = async () => {
      tries += 1
      if (tries < 3) throw new Error(`${tries} of 3 pods Ready`)
      seen.push(innermost(waits).map(({ what, lacks }) => `${what}: ${lacks}`))
    }
    await eventually('its pods are ready', probe, { within: 30_000, every: 10 })
  })
  expect(seen).toEqual([['opensearch'], ['its pods are ready: 2 of 3 pods Ready']])
  expect(waits.size).toBe(0)
})

test('a wait that fails has ended as well', async () => {
  const waits = waitsUnderWay()
  const failing = waitingFor('helm', () => Promise.reject(new Error('it exited with code 1')))
  await expect(failing).rejects.toThrow('it exited with code 1')
  expect(waits.size).toBe(0)
})

test('a duration in words', () => {
  expect([0, 41.4, 119.4, 125, 3725, 7260].map(describeSeconds)).toEqual([
    '0 s',
    '41 s',
    '119 s',
    '2 min 5 s',
    '1 h 2 min',
    '2 h 1 min',
  ])
})

test.each([
  [', 1 restart in 14 s', '41 s'],
  [', 2 restarts in 2 min 5 s', '2 min 7 s'],
  [', 9 restarts', '1 h 2 min'],
])('the same trouble%s after %s', (restarts, age) => {
  expect(withoutAges(`Pod a/b: keeps crashing: exit code 2${restarts} (not Ready for ${age})`)).toBe(
    'Pod a/b: keeps crashing: exit code 2 (not Ready)',
  )
})
