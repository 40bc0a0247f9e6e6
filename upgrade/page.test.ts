import { expect, test } from 'vitest'
import { upgradePage } from './page.ts'
import { answered, failed, invalid, passed } from './exampleResults.ts'
import type { UpgradeResult } from './result.ts'

const plain = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** The headings of the page and of its parts. */
const headings = (result: UpgradeResult) =>
  [...upgradePage(result).matchAll(/<h[12]\b[^>]*>(.*?)<\/h[12]>/gs)].map(([, text = '']) => plain(text))

/** The text of each such element whose tag matches. */
const texts = (result: UpgradeResult, tag: string, attributes = /^/) =>
  [...upgradePage(result).matchAll(new RegExp(`<${tag}\\b([^>]*)>(.*?)</${tag}>`, 'gs'))]
    .filter(([, given = '']) => attributes.test(given))
    .map(([, , content = '']) => plain(content))

test('the headings: verdict first, then what breaks, then the outages', () => {
  expect(headings(failed)).toEqual([
    'Breaks 3 things 1 now means something else, 3 were not checked kube-prometheus-stack 88.5.3 → 89.0.0',
    'What breaks',
    'What now means something else',
    'What was not checked',
    'Outages',
    'Scrapes and logs',
    'Claims',
    'Other differences',
    'CRDs',
    'Manifests',
    'Durations',
  ])
  expect(headings(passed)[0]).toBe(
    'Breaks nothing 0 now mean something else, 0 were not checked kube-prometheus-stack 87.21.0 → 88.5.3 vector 0.52.0 → 0.57.0',
  )
  const onlyMeaning = { ...failed, findings: failed.findings.filter((one) => one.changesMeaning) }
  expect(headings(onlyMeaning)[0]).toMatch(/^Changes the meaning of 1 thing 1 now means something else, 3 /)
  expect(headings(invalid).slice(0, 2)).toEqual(['Nothing can be concluded opensearch 3.5.0 → 3.6.0', 'Why'])
})

test('the bisection and the rollback each have their own section', () => {
  expect(headings(answered)).toEqual(expect.arrayContaining(['Bisection', 'Way back']))
})

test('the overview links only to parts that are on the page', () => {
  const page = upgradePage(passed)
  const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, anchor]) => anchor)
  expect(targets).toHaveLength(5)
  for (const anchor of targets) expect(page).toContain(` id="${anchor}"`)
})

test('a regression: severity, sentence, consequences, remedy', () => {
  expect(texts(failed, 'article')[0]).toMatch(
    /^high job coredns no longer has targets.* target\/coredns panel .*Requests 1.* Remedy: see what the Service selects/,
  )
})

test('a bar for each helm upgrade and each outage, the longest first', () => {
  const rows = texts(failed, 'div', /class="row/)
  expect(rows.slice(0, 4)).toEqual([
    'kube-prometheus-stack 71.8 s',
    expect.stringMatching(/^✗ Alertmanager 64 s of 60 s .*: ECONNREFUSED$/),
    expect.stringMatching(/^Grafana 9 s of 60 s .*; .*: HTTP 503$/),
    'OpenSearch 0 s of 60 s',
  ])
  const bars = [...upgradePage(failed).matchAll(/<rect class="(helm|within|over)" x="[\d.]+%"/g)]
  expect(bars.map(([, kind]) => kind)).toEqual(['helm', 'over', 'within', 'within'])
})

test('every text is escaped, and the page loads nothing', () => {
  const bad = '<script>alert("1")</script><img src="http://elsewhere/">'
  const texts = new Set([
    'sentence',
    'remedy',
    'reason',
    'why',
    'object',
    'stack',
    'endpoint',
    'seen',
    'chart',
    'invalid',
    'id',
  ])
  const spoilt = (result: UpgradeResult) =>
    JSON.parse(
      JSON.stringify(result, (key, value: unknown) => (texts.has(key) ? bad : value)),
    ) as UpgradeResult
  for (const page of [failed, invalid].map((result) => upgradePage(spoilt(result)))) {
    expect(page).toContain('&lt;script')
    expect(page).not.toMatch(/<(script|img|link rel="stylesheet")\b/)
    expect(page).not.toMatch(/\b(src|href)="(?!#|data:,)/)
    expect(page).not.toMatch(/url\((?!#)|@import/)
  }
})
