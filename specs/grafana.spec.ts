import { expect } from 'vitest'
import { connectGrafana } from '../clients/grafana.ts'
import { reapplyChart } from '../diagnosis/remedies.ts'
import { HttpError } from '../clients/http.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { endpoints, grafanaLogin } from '../config/endpoints.ts'
import { area, expectNone } from './support/claim.ts'
import { findDashboard, noDataSource, panelShortfalls } from '../diagnosis/panels.ts'

const testClaim = area('Grafana', ['kube-prometheus-stack'])

const customTitle = 'Custom Business Metrics'
const customFile = 'manifests/custom-metrics-dashboard.yaml'
const sidecarLog =
  '`kubectl -n monitoring logs deployment/kube-prometheus-stack-grafana -c grafana-sc-dashboard` says what became of it'

testClaim('grafana-login', 'admin logs in with prom-operator', { items: [3] }, async ({ grafana }) => {
  expect(await grafana.whoAmI()).toBe(grafanaLogin.user)
})

testClaim('grafana-wrong-password', 'a wrong password is refused', { items: [3] }, async () => {
  const intruder = connectGrafana(endpoints.grafana, grafanaLogin.user, `${grafanaLogin.password}-wrong`)
  const answer = await intruder.whoAmI().then(
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
            `  remedy: its URL is in ConfigMap monitoring/kube-prometheus-stack-grafana-datasource, and must be that of Prometheus' Service; ${reapplyChart}`,
        ),
    )
  },
)

/** Every dashboard that a ConfigMap for the sidecar holds: which file, which title. */
const shippedDashboards = async ({ core }: Kubernetes) => {
  const { items } = await core.listConfigMapForAllNamespaces({ labelSelector: 'grafana_dashboard=1' })
  return items.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).map(([file, json]) => ({
      file: `${metadata?.namespace}/${metadata?.name}/${file}`,
      title: (JSON.parse(json) as { title?: string }).title ?? '',
    })),
  )
}

testClaim(
  'grafana-stock-dashboards',
  'every dashboard of the stack is there',
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
            `  remedy: ${reapplyChart}; where it renders none, keep the dashboard in manifests/, or leave it out in specs/grafana.spec.ts`,
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

/** Why a dashboard did not get into Grafana: its ConfigMap, its label, or its JSON; and what to do. */
const whyNotInserted = async ({ core }: Kubernetes, title: string): Promise<string> => {
  const { items } = await core.listConfigMapForAllNamespaces()
  const holders = items.filter(({ data = {} }) =>
    Object.values(data).some((text) => text.includes(`"${title}"`)),
  )
  const [holder] = holders
  if (!holder)
    return `no ConfigMap holds a dashboard "${title}"\n  remedy: \`E2E_KEEP=1 npm test\` applies ${customFile}, which must hold it`
  const name = `ConfigMap ${holder.metadata?.namespace}/${holder.metadata?.name}`
  const label = holder.metadata?.labels?.['grafana_dashboard']
  if (label !== '1') {
    const labels = JSON.stringify(holder.metadata?.labels ?? {})
    return `${name} is not labelled grafana_dashboard: "1", so the sidecar never sees it; its labels are ${labels}\n  remedy: label it so in ${customFile}`
  }
  for (const [file, text] of Object.entries(holder.data ?? {})) {
    const json = JSON.parse(text) as { title?: string; dashboard?: unknown }
    if (json.title === undefined && json.dashboard !== undefined) {
      return `${file} of ${name} is wrapped in {"dashboard": …}: Grafana refuses it with "Dashboard title cannot be empty"\n  remedy: leave only what is within, in ${customFile}`
    }
  }
  return `${name} is as it should be\n  remedy: ${sidecarLog}`
}

testClaim(
  'grafana-custom-dashboard',
  '"Custom Business Metrics" is there with its tags and four panels',
  { items: [11] },
  async ({ grafana, kubernetes }) => {
    const titles = (await grafana.dashboards()).map(({ title }) => title)
    if (!titles.includes(customTitle)) {
      throw new Error(`"${customTitle}" is not in Grafana: ${await whyNotInserted(kubernetes, customTitle)}`)
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
