import { connectDashboards, type Dashboards } from '../clients/dashboards.ts'
import { logIndices } from '../clients/logTemplate.ts'
import { connectOpenSearch } from '../clients/opensearch.ts'
import type { Config } from '../config/config.ts'
import { serverIn, type Servers } from '../config/endpoints.ts'
import type { AfterReady } from '../config/stacks.ts'
import { eventually, watch } from '../lib/eventually.ts'

/** Fields that the log queries of the checklist name. */
export const loggedFields = [
  '@timestamp',
  'message',
  'kubernetes.namespace_name',
  'kubernetes.pod_name',
  'kubernetes.container_name',
  'kubernetes.labels.app',
] as const

const putIndexTemplate = ({ limits }: Config, servers: Servers): Promise<unknown> =>
  eventually(
    'OpenSearch accepts the index template for logs',
    connectOpenSearch(serverIn(servers, 'opensearch')).putLogTemplate,
    { within: limits.query, every: 500 },
  )

const savePattern = async (dashboards: Dashboards): Promise<number> => {
  const fields = await dashboards.fields(logIndices)
  await dashboards.saveIndexPattern({ id: 'logs', title: logIndices, timeField: '@timestamp', fields })
  return fields.length
}

// Milliseconds between two looks at the fields, and without a new one until the stack counts as settled.
const lookEveryMs = 1500
const settledAfterMs = 15_000

/**
 * Saves the pattern again while fields are added: pods write their first lines over the seconds in which the stack
 * starts, and each label that no pod had before is a new field.
 * @param known how many fields the pattern has
 */
const followNewFields = (dashboards: Dashboards, known: number): void => {
  const state = { known, settledAt: Date.now() + settledAfterMs }
  const watching = watch(async () => {
    if (Date.now() > state.settledAt) {
      watching.stop()
      return
    }
    // Dashboards may be about to restart; the pattern is the claim's to judge.
    const fields = await dashboards.fields(logIndices).catch(() => [])
    if (fields.length <= state.known) return
    state.known = await savePattern(dashboards)
    state.settledAt = Date.now() + settledAfterMs
  }, lookEveryMs)
}

/** An index pattern lists the fields that the indices have when it is saved, so there must already be logs. */
const saveIndexPattern = async ({ limits }: Config, servers: Servers): Promise<void> => {
  const dashboards = connectDashboards(serverIn(servers, 'dashboards'))
  await eventually(
    `OpenSearch Dashboards sees the fields of ${logIndices}`,
    async () => {
      const found = await dashboards.fields(logIndices)
      const missing = loggedFields.filter((name) => !found.some((field) => field.name === name))
      if (missing.length > 0)
        throw new Error(`${found.length} fields, but these are missing: ${missing.join(', ')}`)
    },
    { within: limits.logs, every: 500 },
  )
  followNewFields(dashboards, await savePattern(dashboards))
}

/** The steps that the rows of config/stacks.ts name. */
export const afterReadySteps: Readonly<
  Record<AfterReady['step'], (config: Config, servers: Servers) => Promise<unknown>>
> = {
  'index-template': putIndexTemplate,
  'index-pattern': saveIndexPattern,
}
