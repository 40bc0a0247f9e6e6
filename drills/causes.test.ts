import { expect, test } from 'vitest'
import { exampleLine } from '../upgrade/exampleResults.ts'
import { fileCause, retryWarnings } from './causes.ts'

test.each([
  [
    { readable: ['log-writer/0.log'], compressed: [] },
    /^line 17 of wmf0 on observability-e2e-worker is still in log-writer\/0\.log: Vector's checkpoint/,
  ],
  [
    { readable: [], compressed: ['log-writer/0.log.2.gz'] },
    /only in log-writer\/0\.log\.2\.gz: the kubelet rotated/,
  ],
  [{ readable: [], compressed: [] }, /in no log file of its pod/],
])('a lost line is looked for in the log files', (files, cause) => {
  expect(fileCause({ ...exampleLine, gaps: ['17–496'] }, files)).toMatch(cause)
})

test('what Vector says of a request that it sends again is taken from its log, once', () => {
  const line = (text: string) =>
    `2026-11-28T20:20:09.1Z  WARN sink{component_id=opensearch}:request{request_id=23}: vector::sinks::util::retries: ${text}`
  const log = [
    line('Request timed out.'),
    line('Internal log [Request timed out.] is being suppressed'),
    line('Request timed out.'),
    'other',
  ]
  expect(retryWarnings(log)).toEqual(['Request timed out.'])
})
