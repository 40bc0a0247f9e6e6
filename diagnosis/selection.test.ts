import { expect, test } from 'vitest'
import { ownSelection, selectionOf, whyNotSelected } from './selection.ts'

const namespaces = new Map([
  ['monitoring', { 'kubernetes.io/metadata.name': 'monitoring' }],
  ['default', { 'kubernetes.io/metadata.name': 'default', team: 'shop' }],
])
const select = (spec: Readonly<Record<string, unknown>>) =>
  selectionOf(
    { kind: 'Prometheus', metadata: { namespace: 'monitoring' }, spec },
    'PodMonitor',
    'podMonitor',
    namespaces,
  )
const monitor = { namespace: 'default', labels: { app: 'shop' } }

test('empty selectors select every object of every namespace', () => {
  const selection = select({ podMonitorSelector: {}, podMonitorNamespaceSelector: {} })
  expect(whyNotSelected(selection, monitor)).toBeUndefined()
})

test('without a selector, a reader reads nothing of the kind', () => {
  const selection = select({ podMonitorNamespaceSelector: {} })
  expect(whyNotSelected(selection, monitor)).toMatch(/Prometheus has no podMonitorSelector.*\n  remedy: set/)
})

test.each([undefined, null])(
  'without a namespace selector (%s), a reader reads its own namespace',
  (none) => {
    const selection = select({ podMonitorSelector: {}, podMonitorNamespaceSelector: none })
    expect(whyNotSelected(selection, { ...monitor, namespace: 'monitoring' })).toBeUndefined()
    expect(whyNotSelected(selection, monitor)).toMatch(
      /in namespace monitoring only, and this one is in default\n  remedy: set podMonitorNamespaceSelector/,
    )
  },
)

test('a namespace selector goes by the labels of the namespace', () => {
  const selection = select({
    podMonitorSelector: {},
    podMonitorNamespaceSelector: { matchLabels: { team: 'shop' } },
  })
  expect(whyNotSelected(selection, monitor)).toBeUndefined()
  expect(whyNotSelected(selection, { namespace: 'monitoring' })).toMatch(/in namespace default only/)
})

test('a label that a selector asks for', () => {
  const selection = select({
    podMonitorSelector: { matchLabels: { release: 'stack' } },
    podMonitorNamespaceSelector: {},
  })
  expect(whyNotSelected(selection, { ...monitor, labels: { release: 'stack' } })).toBeUndefined()
  expect(whyNotSelected(selection, monitor)).toMatchInlineSnapshot(`
    "Prometheus selects PodMonitors by {"matchLabels":{"release":"stack"}}, and this one's labels are app=shop
      remedy: add the label where values/ or manifests/ describe it"
  `)
})

test('an object that only another Prometheus selects', () => {
  const reader = (name: string, labels: Readonly<Record<string, string>>) => ({
    kind: 'Prometheus',
    metadata: { namespace: 'monitoring', name },
    spec: { podMonitorSelector: { matchLabels: labels }, podMonitorNamespaceSelector: {} },
  })
  const [stack, team] = [reader('stack', { release: 'stack' }), reader('team', monitor.labels)]
  const isOwn = (one: typeof stack, all: readonly (typeof stack)[]) =>
    ownSelection(one, all, 'PodMonitor', 'podMonitor', namespaces).isOwn(monitor)
  expect(isOwn(stack, [stack, team])).toBe(false)
  expect(isOwn(stack, [stack])).toBe(true)
  expect(isOwn(team, [stack, team])).toBe(true)
})
