import { expect, test } from 'vitest'
import { codeBlock, escapeMarkdown, markdownTable } from './markdown.ts'

test('the fence of a code block is longer than any row of backticks in it', () => {
  expect(codeBlock('plain')).toEqual(['```text', 'plain', '```', ''])
  expect(codeBlock('a ````sh', 'sh')).toEqual(['`````sh', 'a ````sh', '`````', ''])
})

test('cells are escaped, and numbers are aligned to the right', () => {
  const table = markdownTable(['what', 'count'], [['a | b\nc', 1]])
  expect(table).toBe('| what | count |\n| --- | ---: |\n| a \\| b<br>c | 1 |')
})

test('plain text stays plain, inline code stays code', () => {
  expect(escapeMarkdown('`a|b` *c* <d> e_f _g_ 1 < 2')).toBe('`a|b` \\*c\\* \\<d> e_f \\_g\\_ 1 < 2')
})
