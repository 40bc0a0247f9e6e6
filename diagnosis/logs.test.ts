import { expect, test } from 'vitest'
import { fieldShortfalls, lineShortfalls, type EmittedLine } from './logs.ts'

/** A line of node `worker`, found with the label of a node. */
const line = (number: number, label = 'worker'): EmittedLine => ({
  node: 'worker',
  line: number,
  document: {
    '@timestamp': '2025-11-04T14:00:00.000Z',
    message: `e2e-run=r01 node=worker line=${number}`,
    kubernetes: {
      namespace_name: 'default',
      pod_name: 'log-emitter-x7k2p',
      container_name: 'main',
      pod_node_name: label,
      labels: {},
    },
  },
})
const shortfalls = (written: number, lines: readonly EmittedLine[]) =>
  lineShortfalls('worker', written, lines).join('\n')

test('all there, those written since too, and those of other nodes beside them', () => {
  const other = { ...line(1, 'worker2'), node: 'worker2' }
  expect(shortfalls(2, [line(2), line(1), line(3), other, other])).toBe('')
})

test('lost lines', () => {
  expect(shortfalls(5, [line(1), line(3), line(6)])).toMatchInlineSnapshot(
    `"node worker: 3 of 5 lines are not found, the first is line 2"`,
  )
})

test('lines that are there twice', () => {
  expect(shortfalls(2, [line(1), line(1), line(2), line(2)])).toMatchInlineSnapshot(
    `"node worker: 2 lines are there twice"`,
  )
})

test('lines labelled with another node', () => {
  expect(shortfalls(3, [line(1), line(2, 'worker2'), line(3, 'worker2')])).toMatchInlineSnapshot(
    `"node worker: its lines are labelled with node worker2"`,
  )
})

test('everything at once', () => {
  const lines = [line(2), line(2), line(2), line(4, 'control-plane')]
  expect(shortfalls(4, lines)).toMatchInlineSnapshot(`
    "node worker: 2 of 4 lines are not found, the first is line 1
    node worker: 2 lines are there twice
    node worker: its lines are labelled with node control-plane"
  `)
})

test('no line at all', () => {
  expect(shortfalls(12, [{ ...line(1), node: 'worker2' }])).toMatchInlineSnapshot(
    `"node worker: none of the 12 lines of this run is found"`,
  )
})

const kubernetes = {
  namespace_name: 'monitoring',
  pod_name: 'planted-grafana',
  container_name: 'grafana',
  pod_node_name: 'worker',
  labels: { app: 'planted' },
}
const expected = {
  '@timestamp': /Z$/,
  'kubernetes.namespace_name': 'monitoring',
  'kubernetes.pod_node_name': 'worker',
  'kubernetes.labels.app': 'planted',
}
/** The shortfalls of two plants' documents that are alike. */
const ofTwo = (document: object) =>
  fieldShortfalls(
    ['one', 'two'].map((id) => ({ id, document: { message: id, ...document }, expected })),
  ).join('\n')

test('documents as they should be, with more than is asked for', () => {
  expect(ofTwo({ '@timestamp': '2025-11-04T14:00:00Z', stream: 'stdout', kubernetes })).toBe('')
})

test('documents that lack fields, which have another name or no parent', () => {
  const { namespace_name: namespace, labels: pod_labels, ...others } = kubernetes
  const renamed = { ...others, namespace, pod_labels }
  expect(ofTwo({ timestamp: '2025-11-04T14:00:00Z', kubernetes: renamed })).toMatchInlineSnapshot(`
    "2 documents lack @timestamp; they have: kubernetes, message, timestamp
      remedy: log_schema.timestamp_key of values/vector.yaml names it
    2 documents lack kubernetes.namespace_name; they have: kubernetes.container_name, kubernetes.namespace, kubernetes.pod_labels, kubernetes.pod_name, kubernetes.pod_node_name
      remedy: transform shape of values/vector.yaml makes it
    2 documents lack kubernetes.labels.app; they have: kubernetes, message, timestamp
      remedy: transform shape of values/vector.yaml makes it"
  `)
  const orphan = { id: 'one', document: { '@timestamp': '2025Z', message: 'one' }, expected }
  expect(fieldShortfalls([orphan]).join('\n')).toMatchInlineSnapshot(`
    "1 document lacks kubernetes.namespace_name; it has: @timestamp, message
      remedy: transform shape of values/vector.yaml makes it
    1 document lacks kubernetes.pod_node_name; it has: @timestamp, message
      remedy: transform shape of values/vector.yaml makes it
    1 document lacks kubernetes.labels.app; it has: @timestamp, message
      remedy: transform shape of values/vector.yaml makes it"
  `)
})

test('documents with other values', () => {
  const document = {
    '@timestamp': '2025-11-04 14:00:00',
    kubernetes: { ...kubernetes, pod_node_name: 'worker2' },
  }
  expect(ofTwo(document)).toMatchInlineSnapshot(`
    "2 documents have another @timestamp: that of one has 2025-11-04 14:00:00, not /Z$/
      remedy: log_schema.timestamp_key of values/vector.yaml names it
    2 documents have another kubernetes.pod_node_name: that of one has worker2, not worker
      remedy: transform shape of values/vector.yaml makes it"
  `)
})
