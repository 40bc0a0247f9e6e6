import { expect, test } from 'vitest'
import { missingObjects } from './inForce.ts'
import {
  alertmanagerConfigKind,
  configurationKinds,
  ruleKind,
  type MonitoringObject,
} from './monitoringObjects.ts'
import { whyUnwatched } from './operatorNamespaces.ts'

const object = (kind: string, spec: MonitoringObject['spec'] = {}): MonitoringObject => ({
  kind,
  metadata: { name: 'shop', namespace: 'default', uid: 'u1', labels: {} },
  spec,
})
const everything = (kind: string) => ({
  ...{ reader: 'Prometheus', kind, field: 'selector', selector: {} },
  namespaces: ['default'],
})
const kindOf = (name: string) => configurationKinds.find(({ kind }) => kind === name) ?? ruleKind

test.each<[string, MonitoringObject['spec'], readonly string[]]>([
  [
    'ServiceMonitor',
    { endpoints: [{}, {}] },
    ['serviceMonitor/default/shop/0', 'serviceMonitor/default/shop/1'],
  ],
  ['PodMonitor', { podMetricsEndpoints: [{}] }, ['podMonitor/default/shop/0']],
  ['Probe', {}, ['probe/default/shop']],
  ['ScrapeConfig', {}, ['scrapeConfig/default/shop']],
  [
    'PrometheusRule',
    { groups: [{ name: 'good' }, { name: 'bad' }] },
    ['default-shop-u1.yaml/good', 'default-shop-u1.yaml/bad'],
  ],
  [
    'AlertmanagerConfig',
    { receivers: [{ name: 'hook' }], muteTimeIntervals: [{ name: 'night' }] },
    ['default/shop/hook', 'default/shop/night'],
  ],
])('a %s is in force once all its parts are loaded', (name, spec, parts) => {
  const kind = kindOf(name)
  const own = object(name, spec)
  expect(missingObjects(kind, [own], everything(name), new Set(parts))).toEqual([])
  expect(missingObjects(kind, [own], everything(name), new Set(parts.slice(1)))).toEqual([
    { object: own, kind, parts: parts.slice(0, 1), unselected: undefined },
  ])
})

test('an object that its reader does not select is missing even without parts', () => {
  const own = object('AlertmanagerConfig')
  const selection = { ...everything('AlertmanagerConfig'), namespaces: ['monitoring'] }
  const [missing] = missingObjects(alertmanagerConfigKind, [own], selection, new Set())
  expect(missing?.unselected).toMatch(/in namespace monitoring only, and this one is in default/)
})

test.each([
  [[], undefined],
  [['--namespaces=default,monitoring'], undefined],
  [['--namespaces=monitoring'], /watches only monitoring and so does not see namespace default/],
  [['--deny-namespaces=default'], /watches not default/],
])('the operator started with %s', (args, text) => {
  const why = whyUnwatched(args, object('Probe'))
  if (text) expect(why).toMatch(text)
  else expect(why).toBeUndefined()
})
