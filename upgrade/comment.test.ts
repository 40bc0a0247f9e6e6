import { expect, test } from 'vitest'
import { commentBody, commentRequest, longestComment } from './comment.ts'

const body = (report: string) => commentBody(report, 'abc123', 'https://github.com/o/r/actions/runs/1')
const ours = { id: 7, author: 'github-actions[bot]', body: body('# an older report') }
const create = { method: 'POST', path: 'repos/o/r/issues/12/comments' }

test.each([
  ['no comment', [], create],
  [
    'our comment',
    [{ ...ours, id: 1, body: 'hello' }, ours],
    { method: 'PATCH', path: 'repos/o/r/issues/comments/7' },
  ],
  ['somebody quotes our comment', [{ ...ours, author: 'reviewer' }], create],
  ['another workflow wrote a comment', [{ ...ours, body: `> ${ours.body}` }], create],
])('%s', (_, comments, request) => {
  expect(commentRequest('o/r', 12, comments)).toEqual(request)
})

test('a report that fits is complete and names its run', () => {
  const text = body('# ✗ breaks 1 thing\n\n- one')
  expect(text).toContain(
    '# ✗ breaks 1 thing\n\n- one\n\nCommit abc123; the [run](https://github.com/o/r/actions/runs/1)',
  )
  expect(text).not.toContain('truncated')
})

test.each([
  ['a table', '| cell | cell |', '', /\| cell \| cell \|\n\n\*\*The report is truncated here/],
  ['a folded table', '| cell | cell |', '<details><summary>objects</summary>\n', /\n<\/details>\n\n\*\*The/],
  ['a code block', 'line', '````text', /\nline\n````\n\n\*\*The/],
])('a report that is too long ends after a whole line, and %s is closed', (_, line, start, end) => {
  const text = body(['# title', start, ...Array.from({ length: 30_000 }, () => line)].join('\n'))
  expect(text.length).toBeLessThanOrEqual(longestComment)
  expect(text.length).toBeGreaterThan(longestComment - 500)
  expect(text).toMatch(end)
  expect(text).toMatch(/Commit abc123; .*\n$/)
})

test('what was closed before the end is not closed again', () => {
  const blocks = ['```sh', 'a', '```', '<details><summary>b</summary>', '', '</details>']
  const text = body([...blocks, ...Array.from({ length: 30_000 }, () => 'line')].join('\n'))
  expect(text).toMatch(/\nline\n\n\*\*The report is truncated here/)
})
