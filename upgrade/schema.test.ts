import { expect, test } from 'vitest'
import { validatorOf } from '../tests/jsonSchema.ts'
import { upgradeDocument } from './document.ts'
import { failed, invalid, passed, quietTraffic } from './exampleResults.ts'

const refusedBy = await validatorOf('schemas/upgrade.schema.json')
const uncounted = { ...quietTraffic, gaps: 'HTTP 503', lines: 'HTTP 503' }

test.each(
  Object.entries({
    failed,
    passed,
    invalid,
    uncounted: { ...passed, traffic: uncounted },
    fresh: { ...failed, claims: { ...failed.claims, fresh: failed.claims.after ?? [] } },
  }),
)('the result %s fits the JSON Schema', (_, result) => {
  expect(refusedBy(upgradeDocument(result))).toEqual([])
})

test('a field that is missing or unknown does not fit', () => {
  const { counts, ...others } = upgradeDocument(failed)
  expect(refusedBy(others)).toEqual([": must have required property 'counts'"])
  expect(refusedBy({ ...others, counts, extra: 1 })).toEqual([': must NOT have additional properties'])
  const findings = failed.findings.map((finding) => ({ ...finding, verdict: 'bad' }))
  expect(refusedBy({ ...others, counts, findings })).toHaveLength(findings.length)
})

test('the document begins with its version and the answer', () => {
  const document = upgradeDocument(failed)
  expect(Object.keys(document).slice(0, 4)).toEqual(['version', 'answer', 'state', 'counts'])
  expect(document.counts).toEqual({ breaks: 3, meansSomethingElse: 1, notChecked: 3 })
  expect(document.notChecked.map(({ what }) => what)).toContain('Prometheus series from before the upgrade')
})
