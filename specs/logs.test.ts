import { expect, test } from 'vitest'
import { lineShortfalls, type EmittedLine } from './logs.ts'

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
