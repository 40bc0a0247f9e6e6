import { expect, test } from 'vitest'
import { summaryMarkdown } from './checklist.ts'
import { red } from './examples.ts'
import { junitXml } from './junit.ts'
import { reportPage } from './page.ts'
import { describeRecording, recordedVersions } from './recording.ts'

const recording = {
  takenAt: '2026-11-28T16:03:20.000Z',
  name: 'dashboard-wrapped',
  sentence: 'the JSON of the custom dashboard is wrapped',
  versions: recordedVersions({ Node: '24.21.0', Kubernetes: 'v1.34.4', 'chart vector': '0.57.0' }),
}

test('every report says that it is about a recording, from when and of which versions', () => {
  const text = describeRecording(recording)
  expect(text).toBe(
    'RECORDING of 2026-11-28 16:03 UTC, dashboard-wrapped: the JSON of the custom dashboard is wrapped. ' +
      'Taken with Kubernetes v1.34.4, vector 0.57.0; no cluster was contacted.',
  )
  for (const report of [reportPage, junitXml, summaryMarkdown])
    expect(report({ ...red, recording })).toContain(text)
})
