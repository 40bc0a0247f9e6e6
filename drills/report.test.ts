import { expect, test } from 'vitest'
import { validatorOf } from '../tests/jsonSchema.ts'
import { drillsDocument } from './document.ts'
import { failed, passed } from './example.ts'
import { drillsPage } from './page.ts'
import { describeDrills, drillsMarkdown } from './report.ts'
import type { DrillsResult } from './result.ts'

const refusedBy = await validatorOf('schemas/drills.schema.json')

test.each(Object.entries({ passed, failed }))('the result %s fits the JSON Schema', (_, result) => {
  // As it is written: JSON leaves out what is undefined.
  expect(refusedBy(JSON.parse(JSON.stringify(drillsDocument(result))))).toEqual([])
})

test('the console: what broke and why, then what was lost and what took longest', () => {
  expect(describeDrills(failed)).toMatchInlineSnapshot(`
    "✗ opensearch-read-only: the logs indices are read-only for 20 s, as with a full disk
        480 of 8000 lines lost, 0 doubled, 0 torn; all back: 21.8 s, every line found: never, every claim green: never
        480 of 4000 lines lost, but at most 0 may be: observability-e2e-worker: 480 (17–496)
        not all claims hold again
    not run: prometheus-restart: the stack has not recovered from opensearch-read-only

    ✗ 1 of 2 drills broke a bound, 1 did not take place
    lost: 480 of 12,000 lines (480 in opensearch-read-only); 0 doubled, 0 torn
    longest: all back 80.9 s (opensearch-away), every line found never (opensearch-read-only), every claim green never (opensearch-read-only), a server without an answer 66.2 s (opensearch-away)
    drills: 240.5 s at 50 lines per second and node, seed 7; out/drills.html, out/drills.md, out/drills.json"
  `)
})

test('the first lines of the Markdown are the answer', () => {
  expect(drillsMarkdown(passed).split('\n').slice(0, 5)).toEqual([
    '# ✓ 1 drill within bounds',
    '',
    'lost: 0 of 4,000 lines; 0 doubled, 0 torn',
    '',
    expect.stringMatching(/^longest: all back 80\.9 s \(opensearch-away\), every line found 8\.4 s/),
  ])
})

test('the page escapes every text and loads nothing', () => {
  const bad = '<script>alert("1")</script><img src="http://elsewhere/">'
  const texts = new Set(['sentence', 'holds', 'why', 'remedy', 'node', 'pod', 'job', 'endpoint', 'seen'])
  const spoilt = JSON.parse(
    JSON.stringify(failed, (key, value: unknown) => (texts.has(key) ? bad : value)),
  ) as DrillsResult
  const page = drillsPage(spoilt)
  expect(page).toContain('&lt;script')
  expect(page).not.toMatch(/<(script|img|link rel="stylesheet")\b/)
  expect(page).not.toMatch(/\bsrc="(?!#|data:,)/)
})
