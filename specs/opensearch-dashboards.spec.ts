import { logIndices } from '../clients/logTemplate.ts'
import { loggedFields } from '../setup/afterReady.ts'
import { area, expectNone } from './support/claim.ts'

const testClaim = area('OpenSearch Dashboards', ['opensearch-dashboards'])

const recreate = '  remedy: `E2E_KEEP=1 npm test` creates it again'

testClaim('dashboards-status', 'the overall status is green', { items: [6] }, async ({ dashboards }) => {
  const { state, unwell } = await dashboards.status()
  if (state !== 'green') throw new Error([`the overall status is ${state}`, ...unwell].join('\n'))
})

testClaim(
  'dashboards-index-pattern',
  'index pattern logs-* with time field @timestamp lists the fields of the logs',
  { items: [6, 7], needs: ['index-pattern'] },
  async ({ dashboards }) => {
    const patterns = await dashboards.indexPatterns()
    const pattern = patterns.find(({ title }) => title === logIndices)
    if (!pattern) {
      const titles = patterns.map(({ title }) => title).join(', ') || 'none'
      throw new Error(`no index pattern ${logIndices}; there are: ${titles}\n${recreate}`)
    }
    if (pattern.timeField !== '@timestamp')
      throw new Error(`the time field of ${logIndices} is ${pattern.timeField}, not @timestamp\n${recreate}`)
    const names = pattern.fields.map(({ name }) => name)
    expectNone(
      loggedFields
        .filter((name) => !names.includes(name))
        .map((name) => `field ${name} is not in the field list`),
    )
    // A field that is text in one daily index and an object in another cannot be searched in both.
    expectNone(
      pattern.fields
        .filter(({ type }) => type === 'conflict')
        .map(({ name }) => `field ${name} is in conflict`),
    )
  },
)
