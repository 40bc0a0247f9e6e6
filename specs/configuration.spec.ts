import { alertmanagerConfigKind, listReaders, ruleKind, scrapeKinds } from '../diagnosis/monitoringObjects.ts'
import { inForceShortfalls } from '../diagnosis/inForce.ts'
import { alertmanagerConfigShortfalls, prometheusConfigShortfalls } from '../diagnosis/loadedConfig.ts'
import { operatorShortfalls, readerShortfalls } from '../diagnosis/reconciled.ts'
import { rejectedObjects } from '../diagnosis/rejectedObjects.ts'
import { loadedGroupNames, outdatedRules } from '../diagnosis/loadedRules.ts'
import { alertmanagerParts, jobNames } from '../diagnosis/writtenConfig.ts'
import { area, expectNone } from './support/claim.ts'

const testClaim = area('configuration', ['kube-prometheus-stack'])

testClaim(
  'config-reconciled',
  'the operator has reconciled every Prometheus and Alertmanager, and each is available',
  {},
  async ({ kubernetes, components: { operator } }) => {
    const [readers, shortfalls] = await Promise.all([
      listReaders(kubernetes),
      operatorShortfalls(kubernetes, operator),
    ])
    expectNone([...shortfalls, ...readers.flatMap((reader) => readerShortfalls(reader, operator))])
  },
)

testClaim(
  'config-accepted',
  'the operator rejects no monitor, probe, rule or configuration',
  { needs: ['overlay'] },
  async ({ kubernetes, prometheus, components }) =>
    expectNone(await rejectedObjects(kubernetes, components.operator, prometheus)),
)

testClaim(
  'config-prometheus',
  'Prometheus runs with the configuration that the operator wrote last',
  {},
  async ({ kubernetes, prometheus, components }) =>
    expectNone(await prometheusConfigShortfalls(kubernetes, components, prometheus)),
)

testClaim(
  'config-alertmanager',
  'Alertmanager runs with the configuration that the operator wrote last',
  {},
  async ({ kubernetes, alertmanager, components }) =>
    expectNone(await alertmanagerConfigShortfalls(kubernetes, components, alertmanager)),
)

testClaim(
  'config-monitors',
  'every ServiceMonitor, PodMonitor, Probe and ScrapeConfig of the cluster is in force',
  {},
  async ({ kubernetes, prometheus, components }) => {
    const loaded = jobNames(await prometheus.loadedConfig())
    expectNone(
      await inForceShortfalls(kubernetes, components, scrapeKinds, {
        ...{ reader: 'Prometheus', loaded },
        format: prometheus.format,
      }),
    )
  },
)

testClaim(
  'config-rules',
  'every group of every PrometheusRule of the cluster is in force, as it is now',
  {},
  async ({ kubernetes, prometheus, components }) => {
    const groups = await prometheus.loadedGroups()
    const missing = await inForceShortfalls(kubernetes, components, [ruleKind], {
      ...{ reader: 'Prometheus', loaded: loadedGroupNames(groups) },
      format: prometheus.format,
    })
    expectNone(missing.length > 0 ? missing : await outdatedRules(kubernetes, prometheus, groups))
  },
)

testClaim(
  'config-alertmanager-configs',
  'every AlertmanagerConfig of the cluster is in force',
  {},
  async ({ kubernetes, alertmanager, prometheus, components }) => {
    const { config } = await alertmanager.status()
    expectNone(
      await inForceShortfalls(kubernetes, components, [alertmanagerConfigKind], {
        ...{ reader: 'Alertmanager', loaded: alertmanagerParts(config.original) },
        format: prometheus.format,
      }),
    )
  },
)
