import { expect, test } from 'vitest'
import type { Grafana } from '../../clients/grafana.ts'
import { observeGrafana } from './grafana.ts'
import { grafanaSettings } from './serverSettings.ts'

const prometheus = { type: 'prometheus', uid: 'prometheus' }
const variable = { type: 'prometheus', uid: '${datasource}' }
// A hidden query is not asked.
const hidden = { refId: 'A', expr: 'up', hide: true }
const panels = [
  { type: 'timeseries', title: 'Load', targets: [{ ...hidden, datasource: prometheus }] },
  { type: 'row', panels: [{ type: 'stat', title: 'Old', datasource: 'Loki', targets: [] }] },
  { type: 'stat', title: 'Any', datasource: variable, targets: [{ ...hidden, datasource: variable }] },
  { type: 'stat', title: 'Mixed', datasource: { type: 'datasource', uid: '-- Mixed --' }, targets: [] },
]
const grafana = {
  dashboards: async () => [{ uid: 'nodes', title: 'Nodes', tags: [], folderTitle: 'Team' }],
  dashboard: async () => ({ uid: 'nodes', file: '', title: 'Nodes', tags: [], panels }),
  dataSources: async () => [
    {
      ...prometheus,
      name: 'Prometheus',
      url: 'http://a',
      isDefault: true,
      jsonData: { timeInterval: '30s' },
    },
  ],
  dataSourceHealth: async () => ({ status: 'OK', message: '' }),
  frontendSettings: async () => ({ anonymousEnabled: true, buildInfo: { version: '13' } }),
  homeDashboard: async () => '',
} as unknown as Grafana

test('finds the dashboards that name each data source; variables do not count', async () => {
  const { dataSourceUsers, dataSources } = await observeGrafana(grafana, 60)
  expect(dataSourceUsers).toEqual({ Loki: ['Nodes'], prometheus: ['Nodes'] })
  expect(dataSources['Prometheus']).toMatchObject({ uid: 'prometheus', isDefault: true })
})

test('reads access settings, data sources and the folders of dashboards', async () => {
  expect(await grafanaSettings(grafana)).toEqual({
    anonymousEnabled: 'true',
    'data source Prometheus timeInterval': '30s',
    'folder of "Nodes"': 'Team',
  })
})
