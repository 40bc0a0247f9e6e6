import { expect } from 'vitest'
import { readAccepted } from '../config/accepted.ts'
import { fileTroubles } from '../diagnosis/dashboardFiles.ts'
import { askPanels, describePanelCounts } from '../diagnosis/panelShortfalls.ts'
import { findDashboard } from '../diagnosis/panels.ts'
import { reapplyChart } from '../diagnosis/remedies.ts'
import { leftoverShortfalls, storageShortfalls } from '../diagnosis/storedDashboards.ts'
import { area, expectNone } from './support/claim.ts'
import { canary, customTitle, readFiles, uniqueFiles, whyNotInGrafana } from './support/dashboards.ts'

const testClaim = area('Grafana dashboards', ['kube-prometheus-stack'])

testClaim(
  'grafana-dashboard-files',
  'every dashboard file of a ConfigMap is one that Grafana loads, with its own name, uid and title',
  { items: [4, 11] },
  async ({ kubernetes, components }) => {
    const { sidecar, files, overlooked } = await readFiles(kubernetes, components.grafana)
    expectNone(fileTroubles(sidecar, files, overlooked))
  },
)

testClaim(
  'grafana-provisioning',
  'the dashboard that this run has changed is in Grafana as changed',
  {},
  async ({ grafana, kubernetes, components }, { id }) => {
    const tags = (await grafana.stored(canary.uid))?.json['tags'] as readonly string[] | undefined
    if (tags?.includes(id)) return
    const seen = tags === undefined ? 'is not in Grafana' : `is in Grafana as run ${tags.join()} left it`
    const why = await whyNotInGrafana(kubernetes, components.grafana, {
      title: canary.title,
      manifest: 'manifests/canary-dashboard.yaml',
    })
    throw new Error(`"${canary.title}" of run ${id} ${seen}: ${why}`)
  },
)

testClaim(
  'grafana-stock-dashboards',
  'every dashboard of a ConfigMap, those of the chart among them, is in Grafana as it is now, and Grafana keeps none whose file is gone',
  { items: [4] },
  async ({ grafana, kubernetes, components }, { context }) => {
    const files = await readFiles(kubernetes, components.grafana)
    // The values of another installation may leave them out.
    const known = context ? [] : ['Kubernetes / Compute Resources / Cluster', 'Node Exporter / Nodes']
    expectNone([
      ...known
        .filter((title) => !files.files.some(({ dashboard }) => dashboard?.title === title))
        .map(
          (title) =>
            `no ConfigMap labelled ${files.sidecar.label}: "${files.sidecar.value}" holds "${title}"\n` +
            `  remedy: ${reapplyChart}; if the chart no longer has it, keep it in manifests/ or remove it from specs/grafana-dashboards.spec.ts`,
        ),
      ...(await storageShortfalls(grafana, kubernetes, components.grafana, uniqueFiles(files))),
      ...(await leftoverShortfalls(grafana, kubernetes, components.grafana, files)),
    ])
  },
)

testClaim(
  'grafana-panels',
  'every query of every dashboard has data, except where a listed reason holds',
  { items: [4] },
  async (clients, { overlay }, note) => {
    const { panels } = readAccepted(overlay)
    const found = await askPanels(clients, (title) => title !== customTitle, panels)
    expectNone(found.shortfalls)
    note(describePanelCounts(found))
  },
)

testClaim(
  'grafana-custom-dashboard',
  '"Custom Business Metrics" is in Grafana with its tags and four panels',
  { items: [11] },
  async ({ grafana, kubernetes, components }) => {
    const titles = (await grafana.dashboards()).map(({ title }) => title)
    if (!titles.includes(customTitle)) {
      const why = await whyNotInGrafana(kubernetes, components.grafana, { title: customTitle })
      throw new Error(`"${customTitle}" is not in Grafana: ${why}`)
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
  async (clients) => {
    await findDashboard(clients.grafana, customTitle)
    expectNone((await askPanels(clients, (title) => title === customTitle)).shortfalls)
  },
)
