import { afterEach, expect, test, vi } from 'vitest'
import type { Prometheus, RuleGroup, Target } from '../clients/prometheus.ts'
import { base } from './exampleObservation.ts'
import type { Observation } from './observation.ts'
import { rulesEvaluated, scrapedSince, observeUntilRecovered, observeUntilStable } from './stability.ts'

afterEach(() => void vi.useRealTimers())

const startedAt = Date.parse('2026-11-23T10:00:00Z')
const group = (evaluatedAt: string): RuleGroup => ({
  name: 'kube-apiserver-availability.rules',
  interval: 180,
  evaluatedAt: Date.parse(evaluatedAt),
})

test('waits for a rule group that was not evaluated yet, or before there were two scrapes', async () => {
  const answers = ['0001-01-01T00:00:00Z', '2026-11-23T10:00:20Z', '2026-11-23T10:03:20Z']
  let asked = 0
  const prometheus: Pick<Prometheus, 'startedAt' | 'ruleGroups'> = {
    startedAt: () => Promise.resolve(startedAt),
    ruleGroups: () => Promise.resolve([group(answers[Math.max(0, asked++ - 1)] ?? '')]),
  }
  await rulesEvaluated(prometheus)
  expect(asked).toBe(4)
})

const target = (lastScrape: string): Target => ({
  scrapePool: 'serviceMonitor/monitoring/operator/0',
  labels: { job: 'operator' },
  scrapeUrl: 'http://10.244.1.7:8080/metrics',
  health: 'up',
  lastError: '',
  lastScrape,
  scrapeInterval: '30s',
})

test('waits for a target that was scraped only before the upgrade, and names it', async () => {
  const targets = () => Promise.resolve([target('2026-11-23T09:59:50.5Z'), target('2026-11-23T10:00:01Z')])
  await expect(scrapedSince({ targets }, startedAt, 50)).rejects.toThrow(
    'not yet: operator http://10.244.1.7:8080/metrics',
  )
  await scrapedSince({ targets: async () => [target('2026-11-23T10:00:01Z')] }, startedAt, 50)
})

/** The result with fake timers, and how many seconds passed on their clock. */
const timed = async <T>(work: () => Promise<T>) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
  const started = performance.now()
  const state: { ended?: number } = {}
  const running = work().finally(() => (state.ended = (performance.now() - started) / 1000))
  while (state.ended === undefined) await vi.advanceTimersByTimeAsync(500)
  return { result: await running, seconds: state.ended }
}

test('before the upgrade: until two observations 15 s apart are the same', async () => {
  const later: Observation = {
    ...base,
    metrics: { ...base.metrics, late: { jobs: [], labels: [], series: 1 } },
  }
  let count = 0
  const observeNow = async () => (count++ === 0 ? base : later)
  const { result, seconds } = await timed(() => observeUntilStable(observeNow, 120_000))
  expect(result).toBe(later)
  expect(count).toBe(3)
  expect(seconds).toBeGreaterThanOrEqual(30)
})

test('after the upgrade: gives up on what stays worse for 45 s without any change', async () => {
  const worse: Observation = { ...base, dashboards: {} }
  const { result, seconds } = await timed(() => observeUntilRecovered(base, async () => worse, 120_000))
  expect(result).toBe(worse)
  expect(seconds).toBeGreaterThanOrEqual(45)
  expect(seconds).toBeLessThan(75)
})

test('after the upgrade: also waits for a metric that nothing needs', async () => {
  const extra = { extra_total: { jobs: ['kubelet'], labels: ['pod'], series: 1 } }
  const before: Observation = { ...base, metrics: { ...base.metrics, ...extra } }
  const releases = {
    ...base.releases,
    opensearch: { chart: 'opensearch-3.8.0', revision: 2, status: 'deployed' },
  }
  const recovered = { ...before, releases }
  let count = 0
  const observeNow = async () => (count++ === 0 ? { ...base, releases } : recovered)
  const { result } = await timed(() => observeUntilRecovered(before, observeNow, 120_000))
  expect(result).toBe(recovered)
})
