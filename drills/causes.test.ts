import { expect, test } from 'vitest'
import { exampleLine } from '../upgrade/exampleResults.ts'
import { fileCause } from './causes.ts'

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
