import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { formatLine, parseLine } from './numbered-lines.ts'
import { createLogWriter } from './written-lines.ts'

const id = { run: 'r1', node: 'worker', writer: 'w1', line: 17 }

test.each([
  ['a whole line', formatLine(id, 'order 17'), { ...id, whole: true }],
  ['indented, in a stack trace', `    at ${formatLine(id, 'order 17')}`, { ...id, whole: true }],
  ['the start of a line', formatLine(id, 'order 17').slice(0, -1), { ...id, whole: false }],
  ['two lines in one', formatLine(id, 'order 17') + formatLine(id, 'order 17'), { ...id, whole: false }],
  ['without its number', 'e2e-drill=r1 node=worker wri', undefined],
])('%s is read from its message', (_, message, expected) => {
  expect(parseLine(message)).toEqual(expected)
})

test('a writer counts its lines; its successor knows them and counts from 1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'written-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const texts: string[] = []
  const start = (writer: string, write = (text: string) => void texts.push(text)) =>
    createLogWriter({ run: 'r1', node: 'worker', writer, folder, write })

  const first = start('w1')
  first.writeLines(48)
  first.writeLines(202)
  const lines = texts.join('').trimEnd().split('\n')
  // Line 250 begins an entry of three.
  expect(lines.map((text) => parseLine(text)?.line)).toEqual(
    Array.from({ length: 252 }, (_, index) => index + 1),
  )
  expect(lines.every((text) => parseLine(text)?.whole)).toBe(true)
  expect(lines.filter((text) => text.length > 16_384)).toHaveLength(1)
  expect(lines.filter((text) => text.startsWith('    at '))).toHaveLength(2 * 5)
  expect(first.written()).toEqual([{ writer: 'w1', last: 252, begun: 252 }])

  const killed = start('w2', () => {
    throw new Error('killed')
  })
  expect(() => killed.writeLines(5)).toThrow()
  expect(start('w3').written()).toEqual([
    // Nobody knows whether the last batch was written.
    { writer: 'w1', last: 48, begun: 252 },
    { writer: 'w2', last: 0, begun: 5 },
    { writer: 'w3', last: 0, begun: 0 },
  ])
})
