import { expect, test } from 'vitest'
import type { Target } from '../clients/prometheus.ts'
import { duplicateTargets } from './duplicateTargets.ts'

const target = (scrapePool: string, service?: string, host = '10.244.1.2:8000'): Target => ({
  scrapePool,
  labels: { job: service ?? 'shop', namespace: 'default', instance: host, ...(service && { service }) },
  scrapeUrl: `http://${host}/metrics`,
  health: 'up',
  lastError: '',
  lastScrape: '2026-11-28T09:16:00Z',
  scrapeInterval: '5s',
})
const own = target('serviceMonitor/default/shop/0', 'shop')

test.each([
  [
    'two monitors, one Service',
    target('serviceMonitor/default/copy/0', 'shop'),
    /by ServiceMonitor default\/shop \(Service default\/shop\) and by ServiceMonitor default\/copy \(Service default\/shop\), which select the same Service default\/shop; these targets have the same labels/,
  ],
  [
    'two Services, one monitor',
    target('serviceMonitor/default/shop/0', 'shop-headless'),
    /by ServiceMonitor default\/shop, which selects Service default\/shop and Service default\/shop-headless, and they have the same pods\n/,
  ],
  [
    'a PodMonitor besides',
    target('podMonitor/default/shop/0'),
    /by ServiceMonitor default\/shop \(Service default\/shop\) and by PodMonitor default\/shop\n/,
  ],
  [
    'two endpoints of one monitor',
    target('serviceMonitor/default/shop/1', 'shop'),
    /by 2 endpoints of ServiceMonitor default\/shop: serviceMonitor\/default\/shop\/0, serviceMonitor\/default\/shop\/1/,
  ],
])('an endpoint that is scraped twice: %s', (_, other, text) => {
  expect(duplicateTargets([own, other])).toEqual([expect.stringMatching(text)])
})

test('pods with the same cause share a line; one scrape each is none', () => {
  const hosts = ['10.244.1.2:8000', '10.244.2.3:8000', '10.244.3.4:8000', '10.244.3.5:8000']
  const once = hosts.map((host) => target('serviceMonitor/default/shop/0', 'shop', host))
  const again = hosts.map((host) => target('serviceMonitor/default/copy/0', 'shop', host))
  expect(duplicateTargets(once)).toEqual([])
  expect(duplicateTargets([...once, ...again])).toEqual([
    expect.stringMatching(/and 1 more are scraped twice by/),
  ])
})
