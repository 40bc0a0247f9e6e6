import { afterEach, expect, test, vi } from 'vitest'
import { describePause, eventually, GiveUpError, watch } from './eventually.ts'

afterEach(() => void vi.useRealTimers())

/** A probe that throws these errors in turn, and then the last one again and again. */
const throwing = (...errors: readonly Error[]) => {
  const left = [...errors]
  return async () => {
    throw (left.length > 1 ? left.shift() : left[0]) ?? new Error('nothing to throw')
  }
}

/** The message of a wait that fails; the seconds differ from run to run. */
const failure = async (probe: () => Promise<unknown>, within: number) => {
  const error = await eventually('all targets are up', probe, { within, every: 20 }).then(
    () => new Error('the wait succeeded'),
    (thrown: unknown) => thrown as Error,
  )
  return `${error.name}: ${error.message}`.replace(/\d+\.\d s/, '<seconds> s')
}
/** The message of a wait that times out; the number of tries differs as well. */
const timeout = async (probe: () => Promise<unknown>) =>
  (await failure(probe, 400)).replace(/\(\d+ (try|tries)\)/, '(<count> tries)')
const timedOut = 'WaitError: all targets are up: not so after <seconds> s (<count> tries)'

test('succeeds at the third try, and returns what the probe returned', async () => {
  let tries = 0
  const probe = async () => {
    tries += 1
    if (tries < 3) throw new Error('not yet')
    return tries
  }
  expect(await eventually('it is so', probe, { within: 30_000, every: 10 })).toBe(3)
})

test('times out: the last shortfall, and the one before if it differs', async () => {
  const [refused, two, one] = ['connection refused', '2 of 14 are down:\na\nb', '1 of 14 is down: a']
  expect(await timeout(throwing(new Error(refused), new Error(two), new Error(two), new Error(one))))
    .toMatchInlineSnapshot(`
      "WaitError: all targets are up: not so after <seconds> s (<count> tries)
        last: 1 of 14 is down: a
        before: 2 of 14 are down:
                a
                b"
    `)
})

test('times out: the same shortfall at every try', async () => {
  expect(await timeout(throwing(new Error('1 is down')))).toBe(`${timedOut}\n  last: 1 is down`)
})

test('a probe that never answers', async () => {
  expect(await timeout(() => new Promise<never>(() => {}))).toBe(`${timedOut}\n  last: no try completed`)
})

test('a probe that stops answering: the shortfall seen before', async () => {
  let asked = false
  const probe = () => {
    if (asked) return new Promise<never>(() => {})
    asked = true
    return Promise.reject(new Error('1 is down'))
  }
  expect(await timeout(probe)).toBe(`${timedOut}\n  last: 1 is down`)
})

test('an assertion in a probe: both values are in the message', async () => {
  const probe = async () => {
    expect({ kubelet: 12 }, 'targets by job').toEqual({ kubelet: 4 })
  }
  const last = 'targets by job: expected { kubelet: 12 } to deeply equal { kubelet: 4 }'
  expect(await timeout(probe)).toBe(`${timedOut}\n  last: ${last}`)
})

test.each([
  ['a GiveUpError', [new Error('0 of 2 Ready'), new GiveUpError('app-1 keeps crashing')], '2 tries'],
  ['a bug in the probe', [new TypeError("Cannot read properties of undefined (reading 'items')")], '1 try'],
])('gives up at %s', async (_, errors, tries) => {
  const text = await failure(throwing(...errors), 30_000)
  expect(text).toMatch(/gave up after .*: this will not recover by itself\n/)
  expect(text).toContain(`(${tries}): `)
  expect(text).toContain(`\n  last: ${errors.at(-1)?.message}`)
})

test('a server that does not answer fetch() is asked again', async () => {
  const gone = new TypeError('Failed to fetch resource metadata for v1/ConfigMap: fetch failed')
  expect(await failure(throwing(gone, new GiveUpError('asked again')), 30_000)).toContain('asked again')
})

test.each([
  ['nothing happened', 120_300, 120_310, undefined],
  ['slept, and the clock of the process stopped', 120_300, 3_840_300, '1 h 2 min'],
  ['slept, and the clock of the process went on', 3_840_000, 3_840_000, '1 h 2 min'],
])('%s', (_, elapsed, onTheWall, paused) => {
  expect(describePause(elapsed, onTheWall, 120_000)).toBe(
    paused && `the machine slept, or this process was stopped, for ${paused}`,
  )
})

test('a watch looks until it throws, or is stopped', async () => {
  vi.useFakeTimers()
  const looks = { first: 0, second: 0 }
  const failing = watch(async () => {
    looks.first += 1
    if (looks.first === 3) throw new Error('it is gone')
  }, 1000)
  const stopped = watch(async () => void (looks.second += 1), 1000)
  await vi.advanceTimersByTimeAsync(2500)
  stopped.stop()
  await vi.advanceTimersByTimeAsync(9000)
  await expect(failing.failed).rejects.toThrow('it is gone')
  expect(looks).toEqual({ first: 3, second: 2 })
})
