import { expect, test } from 'vitest'
import { codeBlock, tableCell } from './markdown.ts'

test('a code block is fenced by more backticks than it holds', () => {
  expect(codeBlock('plain')).toEqual(['```text', 'plain', '```', ''])
  expect(codeBlock('a ````sh', 'sh')).toEqual(['`````sh', 'a ````sh', '`````', ''])
})

test('a cell stays in its row and column', () => {
  expect(tableCell('a | b\nc')).toBe('a \\| b<br>c')
})
