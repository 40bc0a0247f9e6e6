import { expect, test } from 'vitest'
import { green, interrupted } from '../examples.ts'
import { resultsDocument } from '../results.ts'
import { nightOf } from './exampleRuns.ts'
import { textToAppend, parseRecord, recordedRun } from './run.ts'

const line = (november: number) => JSON.stringify(nightOf(november))

test('a run is one line that can be read again', () => {
  const run = recordedRun(resultsDocument(green), 'abc123')
  const text = textToAppend('', [], [run])
  expect(text.match(/\n/g)).toHaveLength(1)
  expect(parseRecord('record.jsonl', text)).toEqual({ runs: [run], problems: [] })
  expect(run).toMatchObject({ commit: 'abc123', state: 'passed', finishedAt: green.finishedAt })
  expect(run.claims).toHaveLength(green.outcomes.length)
})

test('claims that were not run have no time', () => {
  const { claims } = recordedRun(resultsDocument(interrupted), 'abc123')
  expect(claims[0]).toEqual({ id: 'cluster-nodes', verdict: 'not run' })
})

test.each([
  ['is truncated', line(2).slice(0, 80)],
  ['is not JSON', 'error: no space left'],
  ['is a run of another version', line(2).replace('"version":1', '"version":2')],
  ['has no time', line(2).replace('2026-11-02', 'today')],
  ['has no claims', line(2).replace('"claims":', '"tests":')],
])('a line that %s is reported and ignored', (_, wrong) => {
  const { runs, problems } = parseRecord('record.jsonl', [line(1), wrong, '', line(3), ''].join('\n'))
  expect(runs).toEqual([nightOf(1), nightOf(3)])
  expect(problems).toEqual([
    expect.stringContaining(`record.jsonl:2: not a recorded run of version 1: \`${wrong.slice(0, 20)}`),
  ])
})

test('the oldest run comes first, whatever the order of the lines', () => {
  const { runs } = parseRecord('record.jsonl', [line(3), line(1), line(2)].join('\n'))
  expect(runs).toEqual([nightOf(1), nightOf(2), nightOf(3)])
})

test.each([
  ['an empty record', '', `${line(2)}\n`],
  ['a complete last line', `${line(1)}\n`, `${line(2)}\n`],
  ['a truncated last line', line(1).slice(0, 80), `\n${line(2)}\n`],
  ['the same run', `${line(2)}\n`, ''],
])('what is added after %s', (_, text, added) => {
  expect(textToAppend(text, parseRecord('record.jsonl', text).runs, [nightOf(2)])).toBe(added)
})
