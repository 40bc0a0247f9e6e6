import { expect } from 'vitest'
import { logIndices } from '../setup/clients/opensearch.ts'
import { loggedFields } from '../setup/install.ts'
import { claimQuery, expectNone } from './fixtures.ts'

claimQuery('dashboards-status', async ({ dashboards }) => {
  const { state, unwell } = await dashboards.status()
  if (state !== 'green') throw new Error([`the overall status is ${state}`, ...unwell].join('\n'))
})

claimQuery('dashboards-index-pattern', async ({ dashboards }) => {
  const patterns = await dashboards.indexPatterns()
  const pattern = patterns.find(({ title }) => title === logIndices)
  if (!pattern) {
    throw new Error(
      `no index pattern ${logIndices}; there are: ${patterns.map(({ title }) => title).join(', ') || 'none'}`,
    )
  }
  expect(pattern.timeField, `time field of ${logIndices}`).toBe('@timestamp')
  const names = pattern.fields.map(({ name }) => name)
  expectNone(
    loggedFields
      .filter((name) => !names.includes(name))
      .map((name) => `field ${name} is not in the field list`),
  )
  // A field that is text in one day's index and an object in another's cannot be searched in both.
  expectNone(
    pattern.fields
      .filter(({ type }) => type === 'conflict')
      .map(({ name }) => `field ${name} is in conflict`),
  )
})
