import { expect, test } from 'vitest'
import { nightOf } from './exampleRuns.ts'
import { recordMarkdown, sparkline } from './summary.ts'

test('a nightly run: its state, what changed, flaky claims, durations', () => {
  const nights = [
    nightOf(1),
    nightOf(2, { broken: ['logs-shape'] }),
    nightOf(3),
    nightOf(4, { wholeRun: 130 }),
    nightOf(5, { broken: ['logs-shape'], commit: 'b'.repeat(40) }),
  ]
  expect(recordMarkdown(nights, [])).toMatchInlineSnapshot(`
    "# ✗ Record: 0 of 1 green

    | Version | Last run | On | Green runs | Last green run took | Median before | Trend of green runs |
    | --- | --- | --- | --- | --- | --- | --- |
    | Kubernetes 1.36 | ✗ failed | 2026-11-05 | 3 of 5 | 130.0 s | 80.0 s | ▅▅█ |

    ## Changes since the previous green run

    | Version | What | Then | Now |
    | --- | --- | --- | --- |
    | Kubernetes 1.36<br>since 2026-11-04 | commit | aaaaaaaaa | bbbbbbbbb |
    |  | claim logs-shape | holds | broken |

    ## Flaky claims

    | Claim | Failed | Verdict changes without a new version | Of these, at the same commit | Last failed |
    | --- | --- | ---: | ---: | --- |
    | logs-shape | 2 of 5 | 3 | 2 | 2026-11-05 |

    ## Slower than usual

    | Version | What | Last | Median before | Trend |
    | --- | --- | --- | --- | --- |
    | Kubernetes 1.36 | whole run | 130.0 s | 80.0 s | ▅▅█ |
    | Kubernetes 1.36 | claims | 115.0 s | 65.0 s | ▅▅█ |

    <details><summary>Steps on Kubernetes 1.36</summary>

    | Step | Last | Median before | Trend |
    | --- | --- | --- | --- |
    | whole run | 130.0 s | 80.0 s | ▅▅█ |
    | API server | 15.0 s | 15.0 s | ███ |
    | claims | 115.0 s | 65.0 s | ▅▅█ |

    </details>
    "
  `)
})

test('claims that always failed together share a row', () => {
  const broken = ['vector-pods', 'logs-shape']
  expect(recordMarkdown([nightOf(1), nightOf(2, { broken })], [])).toContain(
    '| 2 claims: vector-pods, logs-shape | 1 of 2 | 1 | 1 | 2026-11-02 |',
  )
})

test('a long list of changes is truncated', () => {
  const versions = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`chart ${index}`, '1.0.0']))
  expect(recordMarkdown([nightOf(1, { versions: {} }), nightOf(2, { versions })], [])).toContain(
    '| and 10 more |',
  )
})

test('a Kubernetes version without a run last night is not green; one that is no longer tested is left out', () => {
  const on = (minor: number) => ({ versions: { 'node image': `kindest/node:v1.${minor}.0` } })
  const text = recordMarkdown([nightOf(1, on(33)), nightOf(19, on(34)), nightOf(20, on(35))], [])
  expect(text).toContain('# ✗ Record: 1 of 2 green')
  expect(text).toContain('| Kubernetes 1.34 | ? no run last night | 2026-11-19 |')
  expect(text).not.toContain('1.33')
})

test('what could not be read comes first', () => {
  const text = recordMarkdown([nightOf(1)], ['record.jsonl:2: not a run'])
  expect(text).toMatch(
    /^# ✗ Record: 1 of 1 green\n\n## What could not be read\n\n- record\.jsonl:2: not a run/,
  )
  expect(text).toContain('no earlier green run in the record')
  expect(recordMarkdown([], [])).toContain('No run is recorded.')
})

test.each([
  [[0, 50, 100], '▁▅█'],
  [[80, 80], '██'],
  [[0], '▁'],
])('the sparkline of %j', (values, bars) => {
  expect(sparkline(values)).toBe(bars)
})
