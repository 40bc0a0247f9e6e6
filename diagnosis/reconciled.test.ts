import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import { readerShortfalls } from './reconciled.ts'
import type { Condition, MonitoringObject } from './monitoringObjects.ts'

const { operator } = ourComponents

const reader = (
  conditions: readonly Condition[],
  { kind = 'Alertmanager', spec = {} }: Partial<MonitoringObject> = {},
): MonitoringObject => ({
  kind,
  metadata: { name: 'main', namespace: 'monitoring', generation: 4 },
  spec,
  status: { conditions },
})
const reconciled = { type: 'Reconciled', status: 'True', observedGeneration: 4 }
const available = { type: 'Available', status: 'True', observedGeneration: 4 }

test('a reconciled and available resource has no shortfall', () => {
  expect(readerShortfalls(reader([reconciled, available]), operator)).toEqual([])
})

test("an undefined receiver, in the operator's words", () => {
  const message =
    'provision alertmanager configuration: failed to initialize from secret: undefined receiver "team" used in route'
  const broken = { ...reconciled, status: 'False', reason: 'ReconciliationFailed', message }
  expect(readerShortfalls(reader([broken, available]), operator).join('\n')).toMatchInlineSnapshot(`
    "Alertmanager monitoring/main is not reconciled: ReconciliationFailed: provision alertmanager configuration: failed to initialize from secret: undefined receiver "team" used in route
      Alertmanager keeps its old configuration, also after a restart: alerts still go where they went before
      remedy: add a receiver named team to alertmanager.config in values/kube-prometheus-stack.yaml, or correct the route that names it"
  `)
})

test.each([
  [
    'failed to load additional scrape configs from Secret: secrets "none" not found',
    /remedy: create Secret none in namespace monitoring/,
  ],
  ['unable to get secret: key "a.yaml" in secret "x" not found', /remedy: add the key a\.yaml to Secret x/],
  ['key a.yaml could not be found in secret x', /remedy: add the key a\.yaml to Secret x/],
  ['something new', /remedy: correct what the message names: `kubectl -n monitoring edit prometheus main`/],
])('%s', (message, remedy) => {
  const broken = { ...reconciled, status: 'False', message }
  const [text] = readerShortfalls(reader([broken], { kind: 'Prometheus' }), operator)
  expect(text).toContain(`Prometheus monitoring/main is not reconciled: ${message}\n`)
  expect(text).toMatch(remedy)
})

test.each<[string, MonitoringObject, RegExp]>([
  [
    'paused',
    reader([reconciled, available], { spec: { paused: true } }),
    /is paused: .*\n.*\n  remedy: remove/,
  ],
  ['no condition', reader([]), /has no condition Reconciled/],
  [
    'unmanaged',
    reader([{ ...reconciled, reason: 'ConfigurationUnmanaged' }, available]),
    /is unmanaged: it has no selector/,
  ],
  [
    'not seen yet',
    reader([{ ...reconciled, observedGeneration: 3 }, available]),
    /is of generation 4, and the operator has reconciled 3/,
  ],
  [
    'not available',
    reader([
      reconciled,
      { ...available, status: 'Degraded', reason: 'SomePodsNotReady', message: 'pod a: no' },
    ]),
    /is not available: SomePodsNotReady: pod a: no/,
  ],
])('%s', (_, object, text) => {
  expect(readerShortfalls(object, operator)).toEqual([expect.stringMatching(text)])
})
