import { expect, test } from 'vitest'
import { acceptExpected, parseExpected } from './expected.ts'
import type { Finding } from './findings.ts'

const finding = (id: string, verdict: Finding['verdict']): Finding => ({
  id,
  verdict,
  severity: 'high',
  sentence: `${id} is worse`,
  remedy: '',
  consequences: [],
})

test('accepts a regression until its last day, and reports entries without effect', () => {
  const entries = parseExpected(`
- {id: metric/a, reason: nobody reads it, until: 2026-12-31}
- {id: metric/b, reason: it will come back, until: 2026-11-22}
- {id: metric/c, reason: it does not exist, until: 2026-12-31}
`)
  const ofOverlay = {
    id: 'metric/e',
    reason: 'no',
    until: '2026-12-31',
    at: 'accepted.yaml:2:5 of the overlay',
  }
  const findings = ['metric/a', 'metric/b', 'metric/d'].map((id) => finding(id, 'new'))
  const accepted = acceptExpected(
    [...findings, finding('metric/c', 'fixed')],
    [...entries, ofOverlay],
    '2026-11-23',
  )
  expect(accepted.findings.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual([
    ['metric/a', 'expected', 'nobody reads it (until 2026-12-31)'],
    ['metric/b', 'new', undefined],
    ['metric/d', 'new', undefined],
    ['metric/c', 'fixed', undefined],
  ])
  expect(accepted.idleEntries).toEqual([
    { id: 'metric/b', why: 'expired on 2026-11-22' },
    { id: 'metric/c', why: 'there is no such regression' },
    { id: 'metric/e', why: 'there is no such regression', at: ofOverlay.at },
  ])
})

test('an empty file expects nothing', () => expect(parseExpected('# nothing\n')).toEqual([]))

test('lists everything that is wrong with the entries', () => {
  const text = '- {id: metric/a, until: soon}\n- {reason: why, until: 2026-12-31}'
  expect(() => parseExpected(text)).toThrow(/entry 1 has no reason, no until.*\n.*entry 2 has no id/)
})
