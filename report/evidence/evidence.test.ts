import { expect, test } from 'vitest'
import { ourComponents } from '../../config/components.ts'
import { checklist } from '../../specs/support/checklist.ts'
import { evidenceFor, evidenceOfAreas } from './evidence.ts'

const files = [
  'events.txt',
  'pods.txt',
  'logs/default/custom-metrics-app-7b798c65bc-lzmkk/app.log',
  'logs/default/custom-metrics-app-7b798c65bc-lzmkk/app.previous.log',
  'logs/default/custom-metrics-app-7b798c65bc-qh8t4/app.log',
  'logs/monitoring/vector-747dd/vector.log',
  'nodes/e2e-worker-kubelet.log',
  'nodes/e2e-worker.log',
  'nodes/e2e-worker2-kubelet.log',
  'nodes/e2e-worker2.log',
  'prometheus/targets.json',
  'prometheus/rules.json',
  'resources/Node.yaml',
  'resources/Pod.yaml',
  'resources/ServiceMonitor.yaml',
].map((file) => ({ file, about: `about ${file}`, bytes: 1 }))
const missing = { file: 'opensearch/indices.txt', about: 'indices', bytes: 0, missing: 'no answer' }
const linksFor = (text: string, ...areas: string[]) =>
  evidenceFor(text, areas, [...files, missing], ourComponents)
const paths = (...given: Parameters<typeof linksFor>) => linksFor(...given).map(({ path }) => path)

test.each([
  [
    'a pod with logs',
    'Pod default/custom-metrics-app-7b798c65bc-lzmkk: container app keeps crashing',
    ['logs/default/custom-metrics-app-7b798c65bc-lzmkk/', 'resources/Pod.yaml', 'events.txt'],
  ],
  ['a pod without logs', 'Pod default/planted: cannot be scheduled', ['resources/Pod.yaml', 'events.txt']],
  [
    'a node whose name begins like another name',
    'node e2e-worker2 is not Ready: kubelet stopped',
    ['nodes/e2e-worker2-kubelet.log', 'nodes/e2e-worker2.log', 'resources/Node.yaml', 'events.txt'],
  ],
])('a text names %s', (_, text, expected) => {
  expect(paths(text)).toEqual(expected)
})

test('one link stands for all logs of a pod', () => {
  const [logs] = linksFor('Pod default/custom-metrics-app-7b798c65bc-lzmkk')
  expect(logs?.about).toBe('logs of app, app.previous')
})

test('named objects come before the evidence of the areas; each link once, without missing files', () => {
  expect(paths('ServiceMonitor default/app: not selected', 'custom metrics app', 'Vector')).toEqual([
    'resources/ServiceMonitor.yaml',
    'events.txt',
    'prometheus/targets.json',
    'logs/default/custom-metrics-app-7b798c65bc-lzmkk/',
    'logs/default/custom-metrics-app-7b798c65bc-qh8t4/',
    'logs/monitoring/vector-747dd/',
  ])
})

test('every area of the checklist has evidence of its own, and no other area has', () => {
  const areas = new Set(checklist.map(({ area }) => area))
  expect(Object.keys(evidenceOfAreas(ourComponents)).toSorted()).toEqual([...areas].toSorted())
})
