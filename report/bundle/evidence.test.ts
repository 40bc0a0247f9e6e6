import { expect, test } from 'vitest'
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
  'nodes/e2e-worker-containerd.log',
  'nodes/e2e-worker.log',
  'nodes/e2e-worker2-kubelet.log',
  'prometheus/targets.json',
  'prometheus/rules.json',
  'resources/Node.yaml',
  'resources/Pod.yaml',
  'resources/ServiceMonitor.yaml',
].map((file) => ({ file, about: `about ${file}`, bytes: 1 }))
const notThere = { file: 'opensearch/indices.txt', about: 'indices', bytes: 0, missing: 'no answer' }
const paths = (text: string, ...areas: string[]) =>
  evidenceFor(text, areas, [...files, notThere]).map(({ path, about }) => `${path}: ${about}`)

test('a pod that the text names: its logs, its object, the events', () => {
  const text = 'Pod default/custom-metrics-app-7b798c65bc-lzmkk: container app keeps crashing'
  expect(paths(text)).toEqual([
    'logs/default/custom-metrics-app-7b798c65bc-lzmkk/: logs of app, app.previous',
    'resources/Pod.yaml: about resources/Pod.yaml',
    'events.txt: about events.txt',
  ])
})

test('a pod that has no logs yet: its object and the events', () => {
  expect(paths('Pod default/planted: cannot be scheduled')).toEqual([
    'resources/Pod.yaml: about resources/Pod.yaml',
    'events.txt: about events.txt',
  ])
})

test('a node that the text names, and not one whose name begins like it', () => {
  expect(paths('node e2e-worker is not Ready: kubelet stopped')).toEqual([
    'nodes/e2e-worker-kubelet.log: about nodes/e2e-worker-kubelet.log',
    'nodes/e2e-worker-containerd.log: about nodes/e2e-worker-containerd.log',
    'nodes/e2e-worker.log: about nodes/e2e-worker.log',
    'resources/Node.yaml: about resources/Node.yaml',
    'events.txt: about events.txt',
  ])
})

test('after what the text names, what belongs to the areas; each once, and only what is there', () => {
  expect(paths('ServiceMonitor default/app: not selected', 'custom metrics app', 'Vector')).toEqual([
    'resources/ServiceMonitor.yaml: about resources/ServiceMonitor.yaml',
    'events.txt: about events.txt',
    'prometheus/targets.json: about prometheus/targets.json',
    'logs/default/custom-metrics-app-7b798c65bc-lzmkk/: logs of app, app.previous',
    'logs/default/custom-metrics-app-7b798c65bc-qh8t4/: logs of app',
    'logs/monitoring/vector-747dd/: logs of vector',
  ])
})

test('evidence is listed for no area that the checklist lacks', () => {
  const areas = checklist.map(({ area }) => area)
  expect(Object.keys(evidenceOfAreas).filter((area) => !areas.includes(area))).toEqual([])
})
