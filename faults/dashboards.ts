import { eventually } from '../lib/eventually.ts'
import { add, change, reference, remove, type Injection } from './change.ts'
import type { Fault } from './table.ts'

const configMap = reference('v1', 'ConfigMap', 'monitoring')
const customDashboard = configMap('custom-metrics-dashboard')
const canary = configMap('canary-dashboard')

/** A team's ConfigMap with one dashboard file. */
const teamDashboard = (text: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: team-dashboard, namespace: default, labels: {grafana_dashboard: "1"}}
data: {team.json: '${text.replaceAll("'", "''")}'}
`
/**
 * Adds the team's ConfigMap. The sidecar may miss its deletion, between two of its watches: the undo repeats it until
 * Grafana has dropped the dashboard.
 */
const addTeamDashboard =
  (text: string): Injection =>
  async (live) => {
    const addIt = add(teamDashboard(text))
    const undo = await addIt(live)
    return async () => {
      await undo()
      await eventually(
        'Grafana no longer has the dashboard',
        async () => {
          const all = await live.grafana.dashboards()
          const stored = await Promise.all(all.map(({ uid }) => live.grafana.stored(uid)))
          if (!stored.some((one) => one?.file === 'team.json')) return
          await addIt(live).then((undoAgain) => undoAgain())
          throw new Error('it still has it')
        },
        { within: live.within, every: 3000, evenWhenInterrupted: true },
      )
    }
  }
const addTeamPanel = (panel: object): Injection =>
  addTeamDashboard(
    JSON.stringify({ uid: 'team', title: 'Team', panels: [{ type: 'stat', title: 'Use', ...panel }] }),
  )

/** Ways in which dashboards and data sources fail in Grafana although every pod is Ready. */
export const dashboardFaults: readonly Fault[] = [
  {
    name: 'data-source-refused',
    sentence: 'a team has a second default data source, which Grafana refuses',
    inject: add(`
apiVersion: v1
kind: ConfigMap
metadata: {name: team-data-source, namespace: monitoring, labels: {grafana_datasource: "1"}}
data:
  team.yaml: |
    apiVersion: 1
    datasources: [{name: Team, type: prometheus, url: "http://prometheus.default:9090", isDefault: true}]
`),
    red: ['grafana-data-source'],
    cause:
      /data source Team, which team\.yaml of ConfigMap monitoring\/team-data-source defines, is not in Grafana\s+Grafana says: .*Only one datasource per organization can be marked as default/,
  },
  {
    name: 'dashboard-json',
    sentence: 'the file of a dashboard has a trailing comma',
    inject: addTeamDashboard('{"uid": "team", "title": "Team", "panels": [],}'),
    red: ['grafana-dashboard-files'],
    cause: /team\.json of ConfigMap default\/team-dashboard is not valid JSON: .*\n.*remedy: correct it/,
  },
  {
    name: 'dashboard-v2',
    sentence: 'a dashboard was exported with schema v2, without its resource',
    inject: addTeamDashboard(
      '{"title":"Team","elements":{},"layout":{"kind":"GridLayout","spec":{"items":[]}}}',
    ),
    red: ['grafana-dashboard-files'],
    cause:
      /team\.json of ConfigMap default\/team-dashboard is the bare spec of a v2 dashboard.*\n.*Model: Classic/,
  },
  {
    name: 'dashboard-copied',
    sentence: 'somebody has copied a dashboard, with its uid',
    inject: async (live) => {
      const { core } = live.kubernetes
      const { data = {} } = await core.readNamespacedConfigMap(customDashboard.metadata)
      const [text = ''] = Object.values(data)
      return addTeamDashboard(JSON.stringify(JSON.parse(text)))(live)
    },
    red: ['grafana-dashboard-files'],
    cause:
      /ConfigMap default\/team-dashboard \(team\.json\) and ConfigMap monitoring\/custom-metrics-dashboard \(custom-metrics-dashboard\.json\) have the same uid custom-business-metrics: .*\n.*remedy: delete one/,
  },
  {
    name: 'dashboard-refused',
    sentence: 'a dashboard has become a resource of another organisation, which Grafana refuses',
    inject: change(canary, {
      '/data/canary-dashboard.json': (old: string) =>
        JSON.stringify({
          apiVersion: 'dashboard.grafana.app/v1',
          kind: 'Dashboard',
          metadata: { name: 'e2e-canary', namespace: 'org-2' },
          spec: { ...(JSON.parse(old) as object), title: 'Provisioning canary of another organisation' },
        }),
    }),
    red: ['grafana-stock-dashboards'],
    cause:
      /canary-dashboard.* is in Grafana as it was before: title is .*\n.*Grafana says: .*canary-dashboard\.json.*orgID \(2\)/,
  },
  {
    name: 'dashboard-not-applied',
    sentence: 'the dashboard that each run changes is deleted',
    inject: remove(canary),
    red: ['grafana-provisioning'],
    cause: /"Provisioning canary" of run \w+ is not in Grafana: no ConfigMap holds a dashboard/,
  },
  {
    name: 'dashboard-shared',
    sentence: 'the custom dashboard was exported for sharing',
    inject: change(customDashboard, {
      '/data/custom-metrics-dashboard.json': (old: string) =>
        old.replaceAll('"uid": "prometheus"', '"uid": "${DS_PROMETHEUS}"'),
    }),
    red: ['grafana-custom-panels'],
    cause:
      /panel "Orders per minute by status" A, .*: data source \$\{DS_PROMETHEUS\} does not exist; there are: .*prometheus \(Prometheus.*\n.*remedy: the file was exported for sharing/,
  },
  {
    name: 'dashboard-old-data-source',
    sentence: 'a panel asks for a data source that is gone',
    inject: addTeamPanel({ targets: [{ refId: 'A', expr: 'up', datasource: { uid: 'prometheus-old' } }] }),
    red: ['grafana-panels'],
    cause: /"Team" \(team\.json\): panel "Use" A: data source prometheus-old does not exist; there are: /,
  },
  {
    name: 'dashboard-label-value',
    sentence: 'a panel asks for a namespace that does not exist',
    inject: addTeamPanel({ targets: [{ refId: 'A', expr: 'sum(kube_pod_info{namespace="team"})' }] }),
    red: ['grafana-panels'],
    cause:
      /panel "Use" A: no data: sum\(kube_pod_info\{namespace="team"\}\): kube_pod_info has no series with namespace="team"; its namespace is .*default/,
  },
]
