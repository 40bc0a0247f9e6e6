import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { readManifest } from '../../setup/manifests.ts'
import { sampleLineId, readSampleLines } from './sampleLogs.ts'

const runId = 'r0123456789'

test('five lines of each of five containers', async () => {
  const plants = await readSampleLines(runId)
  expect(plants).toHaveLength(25)
  const plain = plants.filter(({ id }) => id.endsWith('/plain'))
  const rows = plain.map(({ namespace, id, labels }) => `${namespace} ${id} ${Object.keys(labels).join(' ')}`)
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "monitoring planted-prometheus-exporter/main/plain app app.kubernetes.io/part-of
    monitoring planted-grafana/grafana/plain e2e app.kubernetes.io/part-of
    monitoring planted-grafana/grafana-sidecar/plain e2e app.kubernetes.io/part-of
    default planted-vector/grafana/plain app app.kubernetes.io/part-of
    default planted-opensearch/main/plain e2e app.kubernetes.io/part-of"
  `)
})

test('each line that the manifest prints is one of them, and is read back by its id', async () => {
  const pods = (await readManifest('manifests/sample-logs.yaml', { RUN_ID: runId })) as V1Pod[]
  const scripts = pods.flatMap(
    ({ spec }) => spec?.containers.map(({ command }) => command?.at(-1) ?? '') ?? [],
  )
  // What the shell makes of `plant() { echo "… kind=$1 $2"; }` and `plant upper 'an ERROR was planted'`.
  const printed = scripts.flatMap((script) => {
    const template = /echo "(.*)";/.exec(script)?.[1] ?? ''
    return [...script.matchAll(/^plant (\S+) '(.*)'$/gm)].map(([, kind = '', text = '']) =>
      template.replace('$1', kind).replace('$2', text),
    )
  })
  const plants = await readSampleLines(runId)
  expect(printed.map((line) => [sampleLineId(line), line.replace(/^.* kind=\S+ /, '')])).toEqual(
    plants.map(({ id, text }) => [id, text]),
  )
  expect(printed.filter((line) => !line.startsWith(`e2e-plant=${runId} `))).toEqual([])
})

test('a line that nobody planted', () => {
  expect(sampleLineId('level=error msg="pod=a container=b kind=c "')).toBeUndefined()
})
