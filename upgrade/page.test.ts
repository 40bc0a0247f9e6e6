import { expect, test } from 'vitest'
import { upgradePage } from './page.ts'
import { green, invalid, red } from './page/examples.ts'
import type { UpgradeResult } from './result.ts'

const plain = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** The headings, indented by their level. */
const outline = (result: UpgradeResult) =>
  [...upgradePage(result).matchAll(/<h([123])\b[^>]*>(.*?)<\/h[123]>/gs)]
    .map(([, level, text = '']) => `${'  '.repeat(Number(level) - 1)}${plain(text)}`)
    .join('\n')

/** The text of each such element whose tag matches. */
const texts = (result: UpgradeResult, tag: string, attributes = /^/) =>
  [...upgradePage(result).matchAll(new RegExp(`<${tag}\\b([^>]*)>(.*?)</${tag}>`, 'gs'))]
    .filter(([, given = '']) => attributes.test(given))
    .map(([, , content = '']) => plain(content))

test('the headings: verdict first, then what breaks, then the outages', () => {
  expect(outline(red)).toMatchInlineSnapshot(`
    "Breaks 4 things kube-prometheus-stack 88.5.3 → 89.0.0
      New regressions
        CoreDNS is not scraped any more: job coredns has 0 targets, and had 2 target/coredns
        node-exporter does not expose node_load1 any more: who watches the load of the nodes sees nothing metric/node_load1
        Grafana answers on port 8080 of its Service, and not on port 80: links and port-forwards to the old one fail object/Service monitoring/kube-prometheus-stack-grafana/ports
        Alertmanager did not answer for 64 s; 60 s are allowed outage/Alertmanager
      Outages
      Scrapes and logs
      Claims
        Broken now: prometheus-inventory
        Broken now: grafana-panels-nodes
      Other differences
        Expected
        Fixed
        Pre-existing
        Images and other changes
      CRDs
      Manifests
        What the new charts render otherwise
      Where the time went
        The same in numbers"
  `)
  expect(outline(green)).toMatchInlineSnapshot(`
    "Breaks nothing kube-prometheus-stack 87.21.0 → 88.5.3 vector 0.52.0 → 0.57.0
      Outages
      Scrapes and logs
      Claims
      Other differences
        Images and other changes
      Where the time went
        The same in numbers"
  `)
  expect(outline(invalid)).toMatchInlineSnapshot(`
    "Nothing can be concluded opensearch 3.5.0 → 3.6.0
      Why
      Claims
        Broken before: opensearch-yellow
      Where the time went
        The same in numbers"
  `)
})

test('the overview leads to the parts of the page that are there', () => {
  expect(texts(red, 'nav')).toMatchInlineSnapshot(`
    [
      "New regressions 4 2 high, 1 medium, 1 low Expected 1 worse, and accepted Fixed 1 better than before Pre-existing 2 as broken as before Images and other changes 1 neither better nor worse Claims that hold 48 of 50 50 of 50 before Longest outage 64 s Alertmanager, 60 s allowed Log lines lost 0 3 doubled",
    ]
  `)
  const page = upgradePage(green)
  const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, anchor]) => anchor)
  expect(targets).toMatchInlineSnapshot(`
    [
      "result",
      "change",
      "claims",
      "passage",
      "data",
    ]
  `)
  for (const anchor of targets) expect(page).toContain(` id="${anchor}"`)
})

test('a regression: severity, sentence, consequences, remedy', () => {
  expect(texts(red, 'article')[1]).toMatchInlineSnapshot(
    `"high node-exporter does not expose node_load1 any more: who watches the load of the nodes sees nothing metric/node_load1 panel &quot;Load Average / A&quot; of dashboard &quot;Node Exporter / Nodes&quot; has no data recording rule instance:node_load1_per_cpu:ratio of group node-exporter.rules has no result claim grafana-panels-nodes does not hold Remedy: switch the collector on again: prometheus-node-exporter.extraArgs in values/kube-prometheus-stack.yaml must not have --no-collector.loadavg"`,
  )
})

test('the upgrade in bars: helm and each endpoint, the one that was away for longest first', () => {
  expect(texts(red, 'div', /class="row/).slice(0, 7)).toMatchInlineSnapshot(`
    [
      "kube-prometheus-stack 71.8 s",
      "✗ Alertmanager 64 s of 60 s 64 s from second 27 on: ECONNREFUSED",
      "Prometheus 13 s of 90 s 13 s from second 31 on: ECONNREFUSED",
      "Grafana 9 s of 60 s 7 s from second 12 on: ECONNREFUSED; 2 s from second 22 on: HTTP 503",
      "OpenSearch 0 s of 180 s",
      "OpenSearch Dashboards 0 s of 120 s",
      "cluster 41.2 s",
    ]
  `)
  expect([...upgradePage(red).matchAll(/<rect class="(?:helm|within|over)" x="[\d.]+%"[^>]*>/g)].map(String))
    .toMatchInlineSnapshot(`
      [
        "<rect class="helm" x="0.41%" y="4" width="74.48%" height="6"/>",
        "<rect class="over" x="28.01%" y="0" width="66.39%" height="14"/>",
        "<rect class="within" x="32.16%" y="2" width="13.49%" height="10"/>",
        "<rect class="within" x="12.45%" y="2" width="7.26%" height="10"/>",
        "<rect class="within" x="22.82%" y="2" width="2.07%" height="10"/>",
      ]
    `)
})

test('nothing is taken for HTML, and nothing comes from elsewhere', () => {
  const bad = '<script>alert("1")</script><img src="http://elsewhere/">'
  const result: UpgradeResult = {
    ...red,
    moves: [{ chart: bad, from: bad, to: bad }],
    findings: red.findings.map((finding) => ({
      ...finding,
      id: bad,
      sentence: bad,
      remedy: bad,
      consequences: [bad],
      reason: bad,
    })),
    idleEntries: [{ id: bad, why: bad }],
    ...(red.passage && {
      passage: {
        ...red.passage,
        helm: red.passage.helm.map((run) => ({ ...run, stack: bad, error: bad })),
        endpoints: red.passage.endpoints.map((one) => ({
          ...one,
          endpoint: bad,
          outages: one.outages.map((outage) => ({ ...outage, seen: bad })),
        })),
      },
    }),
    manifests: red.manifests.map((one) => ({ ...one, object: bad, fields: [bad] })),
  }
  for (const page of [upgradePage(result), upgradePage({ ...invalid, invalid: bad })]) {
    expect(page).not.toMatch(/<(script|img|link rel="stylesheet")\b/)
    expect(page).not.toMatch(/\b(src|href)="(?!#|data:,)/)
    expect(page).not.toMatch(/url\((?!#)|@import/)
  }
})
