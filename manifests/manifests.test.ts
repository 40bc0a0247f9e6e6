import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { isWholeLine, jsonLines, shortLivedLines } from '../diagnosis/hardLogs.ts'
import { readSampleLines, sampleLineId } from '../specs/support/sampleLogs.ts'

type Container = Readonly<{ name: string; command: readonly string[] }>
type PodSpec = Readonly<{ containers: readonly Container[] }>

/** The objects of a manifest, as setup applies them in run "r1". */
const objects = (file: string): unknown[] => {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll('${RUN_ID}', 'r1')
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as unknown
  })
}

/** The first lines that a container prints, and how it ends when it then gets a SIGTERM. */
const runContainer = async ({ command: [shell = '', ...args] }: Container, count: number) => {
  // In its own process group: the end of process 1 ends a whole container, but here its sleep would survive.
  const child = spawn(shell, args, {
    detached: true,
    env: { PATH: process.env['PATH'], NODE_NAME: 'worker' },
  })
  const signalGroup = (signal: NodeJS.Signals) => child.pid !== undefined && process.kill(-child.pid, signal)
  const ended = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (lines.length === count) break
  }
  signalGroup('SIGTERM')
  const exit: unknown = await ended
  // A sleep that was just starting may have missed the first signal.
  try {
    signalGroup('SIGKILL')
  } catch {
    // The group no longer exists, as expected.
  }
  return { lines, exit }
}

test.each([
  'custom-metrics-app',
  'custom-metrics-dashboard',
  'canary-dashboard',
  'log-emitter',
  'log-writer',
  'sample-logs',
  'hard-logs',
  'vector-metrics',
  'order-load',
  'alert-receiver',
  'alert-canary',
])('%s is valid YAML and names each object', (name) => {
  for (const object of objects(`${name}.yaml`)) {
    expect(object).toMatchObject({
      apiVersion: expect.any(String),
      kind: expect.any(String),
      metadata: { name: expect.any(String), namespace: expect.any(String) },
    })
  }
})

test('the dashboard is plain JSON, as Grafana expects in a file', () => {
  const [configMap] = objects('custom-metrics-dashboard.yaml') as [{ data: Record<string, string> }]
  expect(JSON.parse(configMap.data['custom-metrics-dashboard.json'] ?? '')).toMatchObject({
    uid: 'custom-business-metrics',
    title: 'Custom Business Metrics',
    tags: ['custom', 'business'],
    refresh: '10s',
    panels: [{ type: 'timeseries' }, { type: 'stat' }, { type: 'gauge' }, { type: 'stat' }],
  })
})

const endsWithCode0 = [0, null]

test('an emitter numbers its lines and ends at once', async () => {
  const [daemonSet] = objects('log-emitter.yaml') as [{ spec: { template: { spec: PodSpec } } }]
  const [container] = daemonSet.spec.template.spec.containers
  expect(container && (await runContainer(container, 2))).toEqual({
    lines: ['e2e-run=r1 node=worker line=1', 'e2e-run=r1 node=worker line=2'],
    exit: endsWithCode0,
  })
})

test('the sample pods print the lines that the claims expect and end at once', async () => {
  const pods = objects('sample-logs.yaml') as { spec: PodSpec }[]
  const containers = pods.flatMap(({ spec }) => spec.containers)
  const runs = await Promise.all(containers.map((container) => runContainer(container, 5)))
  expect(runs.map(({ exit }) => exit)).toEqual(runs.map(() => endsWithCode0))
  const printed = runs.flatMap(({ lines }) => lines)
  const expected = await readSampleLines({ id: 'r1' })
  expect(printed.map((line) => [sampleLineId(line), line.replace(/^e2e-plant=r1 .* kind=\S+ /, '')])).toEqual(
    expected.map(({ id, text }) => [id, text]),
  )
  expect(printed).toHaveLength(25)
})

test('the pods with the hard lines print what the claims expect', async () => {
  const [hardLines, shortLived] = objects('hard-logs.yaml') as [{ spec: PodSpec }, { spec: PodSpec }]
  const [long, json] = hardLines.spec.containers
  const [main] = shortLived.spec.containers
  if (!long || !json || !main) throw new Error('a container is missing')
  const [longRun, jsonRun, shortRun] = await Promise.all([
    runContainer(long, 2),
    runContainer(json, 5),
    runContainer(main, 2),
  ])
  // The id of a run has 11 characters, and this one 2.
  expect(longRun.lines.map((line) => line.length)).toEqual([
    40_000 - 1000 * 9,
    'e2e-hard=r1 after the long line'.length,
  ])
  expect(isWholeLine(longRun.lines.slice(0, 1))).toBe(true)
  for (const { text } of jsonLines)
    expect(jsonRun.lines.filter((line) => line.includes(text))).toHaveLength(1)
  expect(jsonRun.lines.slice(0, 4).map((line) => JSON.parse(line) as unknown)).toHaveLength(4)
  expect(shortRun.lines).toEqual(['e2e-short=r1 first', 'e2e-short=r1 last'])
  expect(shortLivedLines.map(({ text }) => text)).toEqual(['first', 'last', 'crash'])
})
