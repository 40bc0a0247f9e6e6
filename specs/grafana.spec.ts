import { expect } from 'vitest'
import { connectGrafana } from '../clients/grafana.ts'
import { reapplyChart } from '../diagnosis/remedies.ts'
import { HttpError } from '../clients/http.ts'
import { endpoints, grafanaLogin } from '../config/endpoints.ts'
import { area, expectNone } from './support/claim.ts'
import { customTitle, shippedDashboards, sidecarLog, whyNotInGrafana } from './support/dashboards.ts'
import { findDashboard, noDataSource, panelShortfalls } from '../diagnosis/panels.ts'

const testClaim = area('Grafana', ['kube-prometheus-stack'])

testClaim('grafana-login', 'admin logs in with prom-operator', { items: [3] }, async ({ grafana }) => {
  expect(await grafana.whoAmI()).toBe(grafanaLogin.user)
})

testClaim('grafana-wrong-password', 'a wrong password is refused', { items: [3] }, async () => {
  const client = connectGrafana(endpoints.grafana, grafanaLogin.user, `${grafanaLogin.password}-wrong`)
  const answer = await client.whoAmI().then(
    (login) => `logged in as ${login}`,
    (error: unknown) => {
      if (error instanceof HttpError) return `refused with ${error.status}`
      throw error
    },
  )
  expect(answer).toBe('refused with 401')
})

testClaim(
  'grafana-data-source',
  'the Prometheus data source is healthy',
  { items: [4] },
  async ({ grafana }) => {
    const prometheus = (await grafana.dataSources()).filter(({ type }) => type === 'prometheus')
    if (prometheus.length === 0) throw new Error(noDataSource)
    const health = await Promise.all(
      prometheus.map(async ({ name, uid }) => ({ name, ...(await grafana.dataSourceHealth(uid)) })),
    )
    expectNone(
      health
        .filter(({ status }) => status !== 'OK')
        .map(
          ({ name, status, message }) =>
            `data source ${name} is ${status}: ${message}\n` +
            `  remedy: ConfigMap monitoring/kube-prometheus-stack-grafana-datasource must have the URL of the Prometheus Service; ${reapplyChart}`,
        ),
    )
  },
)

testClaim(
  'grafana-stock-dashboards',
  'every dashboard of the chart is in Grafana',
  { items: [4] },
  async ({ grafana, kubernetes }) => {
    const shipped = (await shippedDashboards(kubernetes)).filter(
      ({ title }) => title !== customTitle && title !== '',
    )
    const titles = (await grafana.dashboards()).map(({ title }) => title)
    const known = ['Kubernetes / Compute Resources / Cluster', 'Node Exporter / Nodes']
    expectNone([
      ...known
        .filter((title) => !shipped.some((one) => one.title === title))
        .map(
          (title) =>
            `no ConfigMap labelled grafana_dashboard: "1" holds "${title}"\n` +
            `  remedy: ${reapplyChart}; if the chart no longer has it, keep it in manifests/ or remove it from specs/grafana.spec.ts`,
        ),
      ...shipped
        .filter(({ title }) => !titles.includes(title))
        .map(
          ({ file, title }) => `"${title}" of ConfigMap ${file} is not in Grafana\n  remedy: ${sidecarLog}`,
        ),
    ])
  },
)

testClaim(
  'grafana-panels-cluster',
  'every query of "Kubernetes / Compute Resources / Cluster" has data',
  { items: [4] },
  async ({ grafana }) => {
    expectNone(await panelShortfalls(grafana, 'Kubernetes / Compute Resources / Cluster'))
  },
)

testClaim(
  'grafana-panels-nodes',
  'every query of "Node Exporter / Nodes" has data',
  { items: [4] },
  async ({ grafana }) => {
    expectNone(await panelShortfalls(grafana, 'Node Exporter / Nodes'))
  },
)

testClaim(
  'grafana-custom-dashboard',
  '"Custom Business Metrics" is in Grafana with its tags and four panels',
  { items: [11] },
  async ({ grafana, kubernetes }) => {
    const titles = (await grafana.dashboards()).map(({ title }) => title)
    if (!titles.includes(customTitle)) {
      throw new Error(`"${customTitle}" is not in Grafana: ${await whyNotInGrafana(kubernetes, customTitle)}`)
    }
    const { tags, panels } = await findDashboard(grafana, customTitle)
    expect([...tags].sort()).toEqual(['business', 'custom'])
    expect(panels.map(({ title, type }) => `${type}: ${title}`)).toEqual([
      'timeseries: Orders per minute by status',
      'stat: Total payment',
      'gauge: Active users',
      'stat: Order success rate',
    ])
  },
)

testClaim(
  'grafana-custom-panels',
  'every query of "Custom Business Metrics" has data',
  { items: [11], needs: ['custom-metrics-app'] },
  async ({ grafana }) => {
    expectNone(await panelShortfalls(grafana, customTitle))
  },
)
