import { expect, test } from 'vitest'
import { readSampleLines, sampleLineId } from './sampleLogs.ts'

test('the sample lines have the namespace, id and labels of their pod', async () => {
  const lines = await readSampleLines({ id: 'r0123456789' })
  expect(lines).toContainEqual({
    id: 'planted-grafana/grafana-sidecar/lower',
    namespace: 'monitoring',
    pod: 'planted-grafana',
    container: 'grafana-sidecar',
    labels: { e2e: 'plant', 'app.kubernetes.io/part-of': 'observability-e2e' },
    text: 'an error was planted',
  })
})

test('a line of another program has no id', () => {
  expect(sampleLineId('level=error msg="pod=a container=b kind=c "')).toBeUndefined()
})
