import { connectDashboards } from '../clients/dashboards.ts'
import { connectOpenSearch, logIndices } from '../clients/opensearch.ts'
import type { Config } from '../config/config.ts'
import { endpoints } from '../config/endpoints.ts'
import type { AfterReady } from '../config/stacks.ts'
import { eventually } from '../lib/eventually.ts'

/** Fields that the log queries of the checklist name. */
export const loggedFields = [
  '@timestamp',
  'message',
  'kubernetes.namespace_name',
  'kubernetes.pod_name',
  'kubernetes.container_name',
  'kubernetes.labels.app',
] as const

const putIndexTemplate = ({ limits }: Config): Promise<unknown> =>
  eventually(
    'OpenSearch accepts the index template for logs',
    connectOpenSearch(endpoints.opensearch).putLogTemplate,
    { within: limits.query, every: 500 },
  )

/** An index pattern lists the fields that the indices have when it is saved, so there must already be logs. */
const saveIndexPattern = async ({ limits }: Config): Promise<void> => {
  const dashboards = connectDashboards(endpoints.dashboards)
  const fields = await eventually(
    `OpenSearch Dashboards sees the fields of ${logIndices}`,
    async () => {
      const found = await dashboards.fields(logIndices)
      const missing = loggedFields.filter((name) => !found.some((field) => field.name === name))
      if (missing.length > 0)
        throw new Error(`${found.length} fields, but these are missing: ${missing.join(', ')}`)
      return found
    },
    { within: limits.logs, every: 500 },
  )
  await dashboards.saveIndexPattern({ id: 'logs', title: logIndices, timeField: '@timestamp', fields })
}

/** The steps that the rows of config/stacks.ts name. */
export const afterReadySteps: Readonly<Record<AfterReady['step'], (config: Config) => Promise<unknown>>> = {
  'index-template': putIndexTemplate,
  'index-pattern': saveIndexPattern,
}
