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
  const grafana = connectGrafana({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: 'a',
    password: 'b',
  })
  const { panels } = await grafana.dashboard('old')
  expect(panels.map(({ title }) => title)).toEqual(['Scrape Sync', 'Targets'])
})

test('queries are asked together, those that fail apart from those that do not', async () => {
  const requests: { from: string; queries: { refId: string; expr: string; datasource: object }[] }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as (typeof requests)[number]
      requests.push(asked)
      const isGone = asked.from === 'now-3h'
      const results = asked.queries.map(({ refId, expr }) => [
        refId,
        expr === 'broken'
          ? { error: 'bad_data: parse error' }
          : { frames: [{ data: { values: expr === 'empty' ? [] : [[0], [1]] } }] },
      ])
      response
        .writeHead(isGone ? 404 : 400, { 'content-type': 'application/json' })
        .end(
          JSON.stringify(
            isGone ? { message: 'Data source not found' } : { results: Object.fromEntries(results) },
          ),
        )
    })
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const grafana = connectGrafana({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: 'a',
    password: 'b',
  })
  const query = (expr: string, from = 'now-1h') => ({
    refId: 'A',
    dataSource: 'p',
    type: 'prometheus',
    expr,
    instant: true,
    from,
    to: 'now',
  })
  const many = Array.from({ length: 120 }, () => query('up'))
  const shortfalls = await grafana.queryShortfalls([
    query('broken'),
    query('empty'),
    query('up', 'now-3h'),
    ...many,
  ])
  expect(shortfalls.slice(0, 4)).toEqual([
    'error: bad_data: parse error',
    'no data',
    'error: Data source not found',
    undefined,
  ])
  expect(requests.map(({ queries }) => queries.length).sort((a, b) => a - b)).toEqual([1, 22, 50, 50])
  for (const { queries } of requests)
    expect(new Set(queries.map(({ refId }) => refId)).size).toBe(queries.length)
})
