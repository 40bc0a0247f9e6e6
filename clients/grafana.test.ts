import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectGrafana } from './grafana.ts'

test('a dashboard older than schema version 16 has its panels in rows', async () => {
  const rows = [{ panels: [{ title: 'Scrape Sync' }, { title: 'Targets' }] }, { panels: null }, {}]
  const stored = { uid: 'old', title: 'Prometheus / Overview', tags: [], schemaVersion: 14, rows }
  const server = createServer((_, response) => response.end(JSON.stringify({ dashboard: stored })))
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const grafana = connectGrafana(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a', 'b')
  const { panels } = await grafana.dashboard('old')
  expect(panels.map(({ title }) => title)).toEqual(['Scrape Sync', 'Targets'])
})
