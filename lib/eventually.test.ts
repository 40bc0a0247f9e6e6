import { afterEach, expect, test, vi } from 'vitest'
import { describePause, eventually, GiveUpError, watch } from './eventually.ts'

afterEach(() => void vi.useRealTimers())

/** A probe that throws these in turn, and the last of them for ever. */
const throwing = (...errors: readonly Error[]) => {
  const left = [...errors]
  return async () => {
    throw (left.length > 1 ? left.shift() : left[0]) ?? new Error('nothing to throw')
  }
}

/** The message of a wait that fails, without the seconds that differ from run to run. */
const failure = async (probe: () => Promise<unknown>, within: number) => {
  const error = await eventually('all targets are up', probe, { within, every: 20 }).then(
    () => new Error('it came true'),
    (thrown: unknown) => thrown as Error,
  )
  return `${error.name}: ${error.message}`.replace(/\d+\.\d s/, '<seconds> s')
}
/** The same of a wait that runs out: how many tries it had differs as well. */
const runOut = async (probe: () => Promise<unknown>) =>
  (await failure(probe, 400)).replace(/\(\d+ (try|tries)\)/, '(<count> tries)')

test('comes true at the third try, and returns what the probe returned', async () => {
  let tries = 0
  const probe = async () => {
    tries += 1
    if (tries < 3) throw new Error('not yet')
    return `came true at try ${tries}`
  }
  expect(await eventually('it is so', probe, { within: 30_000, every: 10 })).toBe('came true at try 3')
})

test('runs out: the last shortfall, and the one before where it differs', async () => {
  const [refused, two, one] = ['connection refused', '2 of 14 are down:\na\nb', '1 of 14 is down: a']
  expect(await runOut(throwing(new Error(refused), new Error(two), new Error(two), new Error(one))))
    .toMatchInlineSnapshot(`
      "WaitError: all targets are up: not so after <seconds> s (<count> tries)
        last: 1 of 14 is down: a
        before: 2 of 14 are down:
                a
                b"
    `)
})

test('runs out: always the same shortfall', async () => {
  expect(await runOut(throwing(new Error('1 of 14 is down: a')))).toMatchInlineSnapshot(`
    "WaitError: all targets are up: not so after <seconds> s (<count> tries)
      last: 1 of 14 is down: a"
  `)
})

test('gives up where waiting cannot help', async () => {
  const probe = throwing(
    new Error('0 of 2 pods Ready'),
    new GiveUpError('Pod default/app-1: container main keeps crashing: exit code 2, 3 restarts'),
  )
  expect(await failure(probe, 30_000)).toMatchInlineSnapshot(`
    "WaitError: all targets are up: gave up, this will not recover by itself, after <seconds> s (2 tries)
      last: Pod default/app-1: container main keeps crashing: exit code 2, 3 restarts"
  `)
})

test('stops at a bug of ours', async () => {
  const probe = throwing(new TypeError("Cannot read properties of undefined (reading 'items')"))
  expect(await failure(probe, 30_000)).toMatchInlineSnapshot(`
    "WaitError: all targets are up: gave up, this will not recover by itself, after <seconds> s (1 try)
      last: Cannot read properties of undefined (reading 'items')"
  `)
})

test('a probe that never answers', async () => {
  expect(await runOut(() => new Promise<never>(() => {}))).toMatchInlineSnapshot(`
    "WaitError: all targets are up: not so after <seconds> s (<count> tries)
      last: no try completed"
  `)
})

test('a probe that stops answering: what was seen before', async () => {
  let asked = false
  const probe = () => {
    if (asked) return new Promise<never>(() => {})
    asked = true
    return Promise.reject(new Error('1 of 14 is down: a'))
  }
  expect(await runOut(probe)).toMatchInlineSnapshot(`
    "WaitError: all targets are up: not so after <seconds> s (<count> tries)
      last: 1 of 14 is down: a"
  `)
})

test('an assertion within a probe: both values are in the message', async () => {
  const probe = async () => {
    expect({ kubelet: 12, 'node-exporter': 3 }, 'targets by job').toEqual({ kubelet: 12, 'node-exporter': 4 })
  }
  expect(await runOut(probe)).toMatchInlineSnapshot(`
    "WaitError: all targets are up: not so after <seconds> s (<count> tries)
      last: targets by job: expected { kubelet: 12, 'node-exporter': 3 } to deeply equal { kubelet: 12, 'node-exporter': 4 }"
  `)
})

test.each([
  ['nothing happened', 120_300, 120_310, undefined],
  ['slept, and the clock of the process with it', 120_300, 3_840_300, '1 h 2 min'],
  ['slept, and the clock of the process went on', 3_840_000, 3_840_000, '1 h 2 min'],
])('%s', (_, elapsed, onTheWall, paused) => {
  expect(describePause(elapsed, onTheWall, 120_000)).toBe(
    paused && `the machine slept, or this process was stopped, for ${paused}`,
  )
})

test('a server that does not answer fetch() is asked again', async () => {
  let tries = 0
  const probe = async () => {
    tries += 1
    if (tries < 2) throw new TypeError('Failed to fetch resource metadata for v1/ConfigMap: fetch failed')
    return tries
  }
  expect(await eventually('it is so', probe, { within: 30_000, every: 10 })).toBe(2)
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
