import { expect, test } from 'vitest'
import type { Labels, Target } from '../clients/prometheus.ts'
import { labelChangesOf, parseLosses, sampleShortfalls, type SampleFacts } from './samples.ts'

// As Prometheus 3.14 logs them.
const log = `time=2026-11-28T09:16:01.5Z level=WARN source=scrape_append_v2.go:402 msg="Error on ingesting samples with different value but same timestamp" component="scrape manager" scrape_pool=serviceMonitor/default/twice/0 target=http://10.244.1.2:8000/metrics num_dropped=3
time=2026-11-28T09:16:06.5Z level=WARN source=scrape_append_v2.go:402 msg="Error on ingesting samples with different value but same timestamp" component="scrape manager" scrape_pool=serviceMonitor/default/twice/0 target=http://10.244.1.2:8000/metrics num_dropped=4
time=2026-11-28T09:16:07.1Z level=INFO source=main.go:1 msg="Completed loading of configuration file"
time=2026-11-28T09:16:08.1Z level=WARN source=group.go:599 msg="Error on ingesting out-of-order result from rule evaluation" component="rule manager" file=/etc/rules/a.yaml group=shop name=shop:orders index=0 num_dropped=1`

const shop: Target = {
  scrapePool: 'serviceMonitor/default/shop/0',
  labels: { job: 'shop', namespace: 'default', pod: 'shop-1', instance: '10.244.1.2:8000' },
  scrapeUrl: 'http://10.244.1.2:8000/metrics',
  health: 'up',
  lastError: '',
  lastScrape: '2026-11-28T09:16:00Z',
  scrapeInterval: '5s',
}
const twin: Target = { ...shop, scrapePool: 'serviceMonitor/default/twice/0' }

const count = (name: string, labels: Labels, value: number) => ({
  labels: { __name__: `scrape_samples_${name}`, ...labels },
  value,
})
const counter = (name: string, ...values: readonly number[]) => ({ labels: { __name__: name }, values })
const outOfOrder = 'prometheus_target_scrapes_sample_out_of_order_total'

const facts = (more: Partial<SampleFacts>): SampleFacts => ({
  targets: [shop],
  counts: [count('scraped', shop.labels, 40), count('post_metric_relabeling', shop.labels, 40)],
  merged: [],
  labelChanges: new Map(),
  counters: [counter(outOfOrder, 7, 7, 7)],
  seconds: 30,
  logged: [],
  ...more,
})

test('the log of Prometheus says of which target or rule samples are lost', () => {
  expect(parseLosses(log)).toEqual([
    {
      message: 'Error on ingesting samples with different value but same timestamp',
      where: 'serviceMonitor/default/twice/0 http://10.244.1.2:8000/metrics',
      lines: 2,
      dropped: 7,
    },
    {
      message: 'Error on ingesting out-of-order result from rule evaluation',
      where: 'rule shop shop:orders',
      lines: 1,
      dropped: 1,
    },
  ])
})

test('what was lost before is no loss', () => {
  expect(sampleShortfalls(facts({}))).toEqual([])
})

test.each([
  ['an empty answer', 0, 0, /job shop .* its answer is empty\n.*pods\/shop-1:8000\/proxy\/metrics/],
  ['all samples dropped', 40, 0, /metricRelabelings drop all 40\n/],
])('a target that is up without samples: %s', (_, scraped, kept, text) => {
  const counts = [count('scraped', shop.labels, scraped), count('post_metric_relabeling', shop.labels, kept)]
  expect(sampleShortfalls(facts({ counts }))).toEqual([expect.stringMatching(text)])
  expect(sampleShortfalls(facts({ counts, targets: [{ ...shop, health: 'down' }] }))).toEqual([])
})

test('samples are lost: how many, of which target, and which monitors collide', () => {
  const [text = ''] = sampleShortfalls(
    facts({
      targets: [shop, twin],
      counters: [counter('prometheus_target_scrapes_sample_duplicate_timestamp_total', 2, 5, 9)],
      logged: parseLosses(log),
    }),
  )
  expect(text).toMatchInlineSnapshot(`
    "Prometheus throws away samples of a series that had another value at the same time: 7 in the last 30 s, 9 since it started (prometheus_target_scrapes_sample_duplicate_timestamp_total)
    serviceMonitor/default/twice/0 and serviceMonitor/default/shop/0 give their targets the same labels, so that their samples collide
    Prometheus logs for serviceMonitor/default/twice/0 http://10.244.1.2:8000/metrics: Error on ingesting samples with different value but same timestamp (7 samples, logged 2 times)
    Prometheus logs for rule shop shop:orders: Error on ingesting out-of-order result from rule evaluation (1 sample, logged once)
      remedy: delete one of the two monitors, or give its targets other labels"
  `)
})

test('samples that a relabeling gives the same labels are lost without any counter', () => {
  const merged = [{ labels: { job: 'shop', instance: '10.244.1.2:8000' }, value: 24 }]
  const labelChanges = labelChangesOf(
    `scrape_configs: [{job_name: ${shop.scrapePool}, metric_relabel_configs: [{action: labeldrop, regex: le}, {action: drop, regex: x}]}]`,
  )
  expect(sampleShortfalls(facts({ merged, labelChanges }))).toEqual([
    expect.stringMatching(/job shop .*: 24 samples of each scrape lost .*\(labeldrop le\)\n/),
  ])
  // A target that sets the label instance itself: its series are elsewhere, not lost.
  expect(sampleShortfalls(facts({ merged }))).toEqual([])
})

test('a limit: the target has the words', () => {
  const limited: Target = { ...shop, health: 'down', lastError: 'sample limit exceeded' }
  const counters = [counter('prometheus_target_scrapes_exceeded_sample_limit_total', 1, 3)]
  const [text] = sampleShortfalls(facts({ targets: [limited], counters }))
  expect(text).toMatch(/\/metrics of job shop .*: sample limit exceeded\n.*raise sampleLimit/)
})

test('a counter that fell began again at 0', () => {
  const [text] = sampleShortfalls(facts({ counters: [counter(outOfOrder, 7, 0, 2)] }))
  expect(text).toContain('older than the last one of their series: 2 in the last 30 s')
})

test('Prometheus does not scrape itself', () => {
  expect(sampleShortfalls(facts({ counters: [] }))).toEqual([expect.stringContaining('selfMonitor: true')])
})
