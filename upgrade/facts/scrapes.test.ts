import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Target } from '../../clients/prometheus.ts'
import { scrapeSettings, scrapesOf, sharedTargetsOf, type ScrapeConfiguration } from './scrapes.ts'

const target = (scrapeUrl: string, job: string, more: Partial<Target> = {}): Target => ({
  scrapePool: `serviceMonitor/monitoring/${job}/0`,
  labels: { job, endpoint: 'web', instance: new URL(scrapeUrl).host },
  scrapeUrl,
  health: 'up',
  lastError: '',
  lastScrape: '',
  scrapeInterval: '30s',
  ...more,
})
const shop = [target('http://10.0.0.1:80/metrics', 'shop'), target('http://10.0.0.2:80/metrics', 'shop')]

test('scrapes by job, endpoint and path, independent of addresses', () => {
  const restarted = shop.map((one) => ({ ...one, scrapeUrl: one.scrapeUrl.replace('10.0.0', '10.9.9') }))
  expect(scrapesOf(restarted)).toEqual(scrapesOf(shop))
  expect(scrapesOf(shop)).toEqual({
    'shop web/metrics': {
      job: 'shop',
      targets: 2,
      hosts: 2,
      interval: 30,
      labels: ['endpoint', 'instance', 'job'],
    },
  })
})

test('URLs that several jobs scrape', () => {
  expect(sharedTargetsOf(shop)).toEqual({})
  const twins = shop.map(({ scrapeUrl }) => target(scrapeUrl, 'store'))
  expect(sharedTargetsOf([...shop, ...twins])).toEqual({ 'shop and store': 2 })
})

test('effective settings, including the defaults that Prometheus omits', () => {
  const yaml = `
scrape_configs:
- job_name: serviceMonitor/monitoring/shop/0
  honor_labels: true
  scrape_timeout: 5s
  relabel_configs: [{ action: drop }]
`
  expect(
    scrapeSettings(parse(yaml) as ScrapeConfiguration, shop)['scrape of shop web/metrics'],
  ).toMatchObject({
    honor_labels: 'true',
    sample_limit: '0',
    scrape_timeout: '5s',
  })
})
