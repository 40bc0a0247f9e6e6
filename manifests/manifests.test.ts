import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

type Container = Readonly<{ name: string; command: readonly string[] }>
type PodSpec = Readonly<{ containers: readonly Container[] }>

/** The objects of a manifest, as setup applies them in the run "r1". */
const objects = (file: string): unknown[] => {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll('${RUN_ID}', 'r1')
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as unknown
  })
}

/** The first lines that a container prints, and how it ends on the SIGTERM that follows them. */
const runContainer = async ({ command: [shell = '', ...args] }: Container, count: number) => {
  // A group of its own, since the end of process 1 ends a whole container and here would leave its sleep behind.
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
  // A sleep that was being started just then has not heard the first signal.
  try {
    signalGroup('SIGKILL')
  } catch {
    // No such group any more, as it should be.
  }
  return { lines, exit }
}

test.each(['custom-metrics-app', 'custom-metrics-dashboard', 'log-emitter', 'sample-logs', 'order-load'])(
  '%s is valid YAML and names each object',
  (name) => {
    for (const object of objects(`${name}.yaml`)) {
      expect(object).toMatchObject({
        apiVersion: expect.any(String),
        kind: expect.any(String),
        metadata: { name: expect.any(String), namespace: expect.any(String) },
      })
    }
  },
)

test('the dashboard is JSON that Grafana inserts from a file', () => {
  const [configMap] = objects('custom-metrics-dashboard.yaml') as [{ data: Record<string, string> }]
  expect(JSON.parse(configMap.data['custom-metrics-dashboard.json'] ?? '')).toMatchObject({
    uid: 'custom-business-metrics',
    title: 'Custom Business Metrics',
    tags: ['custom', 'business'],
    refresh: '10s',
    panels: [{ type: 'timeseries' }, { type: 'stat' }, { type: 'gauge' }, { type: 'stat' }],
  })
})

test('an emitter numbers its lines and ends at once', async () => {
  const [daemonSet] = objects('log-emitter.yaml') as [{ spec: { template: { spec: PodSpec } } }]
  const [container] = daemonSet.spec.template.spec.containers
  expect(container && (await runContainer(container, 2))).toMatchInlineSnapshot(`
    {
      "exit": [
        0,
        null,
      ],
      "lines": [
        "e2e-run=r1 node=worker line=1",
        "e2e-run=r1 node=worker line=2",
      ],
    }
  `)
})

test('the plants print their lines and end at once', async () => {
  const pods = objects('sample-logs.yaml') as { spec: PodSpec }[]
  const runs = await Promise.all(
    pods.flatMap(({ spec }) => spec.containers.map((container) => runContainer(container, 5))),
  )
  expect(runs.map(({ exit }) => exit)).toEqual(runs.map(() => [0, null]))
  expect(runs.flatMap(({ lines }) => lines)).toMatchInlineSnapshot(`
    [
      "e2e-plant=r1 pod=planted-prometheus-exporter container=main kind=plain nothing to see",
      "e2e-plant=r1 pod=planted-prometheus-exporter container=main kind=upper an ERROR was planted",
      "e2e-plant=r1 pod=planted-prometheus-exporter container=main kind=lower an error was planted",
      "e2e-plant=r1 pod=planted-prometheus-exporter container=main kind=title an Error was planted",
      "e2e-plant=r1 pod=planted-prometheus-exporter container=main kind=start the planted service started",
      "e2e-plant=r1 pod=planted-grafana container=grafana kind=plain nothing to see",
      "e2e-plant=r1 pod=planted-grafana container=grafana kind=upper an ERROR was planted",
      "e2e-plant=r1 pod=planted-grafana container=grafana kind=lower an error was planted",
      "e2e-plant=r1 pod=planted-grafana container=grafana kind=title an Error was planted",
      "e2e-plant=r1 pod=planted-grafana container=grafana kind=start the planted service started",
      "e2e-plant=r1 pod=planted-grafana container=grafana-sidecar kind=plain nothing to see",
      "e2e-plant=r1 pod=planted-grafana container=grafana-sidecar kind=upper an ERROR was planted",
      "e2e-plant=r1 pod=planted-grafana container=grafana-sidecar kind=lower an error was planted",
      "e2e-plant=r1 pod=planted-grafana container=grafana-sidecar kind=title an Error was planted",
      "e2e-plant=r1 pod=planted-grafana container=grafana-sidecar kind=start the planted service started",
      "e2e-plant=r1 pod=planted-vector container=grafana kind=plain nothing to see",
      "e2e-plant=r1 pod=planted-vector container=grafana kind=upper an ERROR was planted",
      "e2e-plant=r1 pod=planted-vector container=grafana kind=lower an error was planted",
      "e2e-plant=r1 pod=planted-vector container=grafana kind=title an Error was planted",
      "e2e-plant=r1 pod=planted-vector container=grafana kind=start the planted service started",
      "e2e-plant=r1 pod=planted-opensearch container=main kind=plain nothing to see",
      "e2e-plant=r1 pod=planted-opensearch container=main kind=upper an ERROR was planted",
      "e2e-plant=r1 pod=planted-opensearch container=main kind=lower an error was planted",
      "e2e-plant=r1 pod=planted-opensearch container=main kind=title an Error was planted",
      "e2e-plant=r1 pod=planted-opensearch container=main kind=start the planted service started",
    ]
  `)
})
