import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { connectPrometheus, type Labels, type Sample } from '../../clients/prometheus.ts'
import { parseOwnClaims, type OwnClaim } from '../../config/ownClaims.ts'
import { serveApi } from '../../tests/apiServer.ts'
import { startGrafana } from '../../tests/grafana.ts'
import type { Run } from '../../setup/global.ts'
import type { Clients } from './claim.ts'
import { ownNeeds, ownProbe, takenIds } from './ownClaims.ts'

const claimOf = (text: string): OwnClaim => {
  const { claims, problems } = parseOwnClaims('claims.yaml', `- id: own\n  sentence: it holds\n  ${text}\n`)
  expect(problems).toEqual([])
  const [claim] = claims
  if (!claim) throw new Error('no claim')
  return claim
}

/** The figures that a claim notes, or what it says when it does not hold. */
const outcomeOf = async (text: string, clients: unknown): Promise<string> => {
  const noted: string[] = []
  const probed = ownProbe(claimOf(text))(clients as Clients, {} as Run, (figures) => noted.push(figures))
  return probed.then(
    () => noted.join(),
    (error: unknown) => (error as Error).message,
  )
}

const answering = (samples: readonly Sample[], others: readonly Sample[] = []) => ({
  prometheus: {
    query: async (query: string) =>
      query.startsWith('vector') ? [{ labels: {}, value: 1 }] : query === 'other' ? others : samples,
  },
  grafana: { dataSources: async () => [] },
})
const sample = (value: number, labels: Labels = {}): Sample => ({ labels, value })
const two = [sample(0.91, { job: 'a' }), sample(1, { job: 'b' })]

test.each<[expectation: string, samples: readonly Sample[], outcome: string | RegExp]>([
  ['value: {atLeast: 0.9}', two, '2 series, 0.91 to 1'],
  ['value: {exactly: 1}', [sample(1)], 'value 1'],
  ['value: {above: 0.91}', two, /^expected every value above 0.91; seen: 0.91 {job="a"} \(1 of 2 series\)\n/],
  ['value: {atLeast: 0}', [sample(NaN)], /seen: NaN \(1 of 1 series\)/],
  ['value: {atLeast: 0}', [sample(Infinity)], /seen: Infinity/],
  ['value: {atMost: 5}', [], /^expected every value at most 5; seen: no result\n/],
  ['series: {exactly: 3}', two, /^expected exactly 3 series; seen: 2 series: 0.91 {job="a"}, 1 {job="b"}\n/],
  ['series: {exactly: 0}', [], 'no result'],
  ['labels: [job]', two, '2 series, 0.91 to 1'],
  ['labels: [job, pod]', two, /^expected label pod on every series; seen: 2 of 2 series without it/],
  ['noResult: true', [], 'no result'],
  ['noResult: true', two, /^expected no result; seen: 0.91/],
  ['equalTo: other', two, '2 series, 0.91 to 1'],
  [
    'equalTo: other',
    [sample(0.1 + 0.2, { job: 'a' }), sample(1, { job: 'b' })],
    /seen: 0.3 {job="a"}, where equalTo has 0.91/,
  ],
  [
    'equalTo: other',
    [sample(1, { job: 'c' })],
    /1 {job="c"}, where equalTo has no series; no series, where equalTo has 0.91/,
  ],
  [
    'equalTo: other',
    [sample(Infinity, { job: 'a' }), two[1] ?? sample(1)],
    /seen: Infinity {job="a"}, where/,
  ],
  ['series: {atMost: 3}, value: {exactly: 1}', [], /^expected every value exactly 1; seen: no result\n/],
])('PromQL, %s', async (expectation, samples, outcome) => {
  const seen = await outcomeOf(`promql: {query: up, ${expectation}}`, answering(samples, two))
  if (typeof outcome === 'string') expect(seen).toBe(outcome)
  else expect(seen).toMatch(outcome)
})

test('the whole message: what was expected and seen, the query, the cause, what to do, and where it is written', async () => {
  const clients = {
    ...answering([]),
    grafana: await startGrafana({
      series: ['up{job="shop-web"}'],
      dataSources: [{ uid: 'prometheus', name: 'Prometheus', type: 'prometheus', isDefault: true }],
    }),
    kubernetes: {
      core: {
        listPodForAllNamespaces: async () => ({ items: [] }),
        listPersistentVolume: async () => ({ items: [] }),
      },
    },
  }
  const text = await outcomeOf(`promql: {query: 'up{job="shop"}', value: {exactly: 1}}`, clients)
  expect(text).toMatchInlineSnapshot(`
    "expected every value exactly 1; seen: no result
      query: up{job="shop"}
      cause: up has no series with job="shop"; its job is shop-web
      remedy: repair what the claim checks, or correct what claims.yaml expects
      from: claims.yaml:1 of the overlay"
  `)
  expect(await outcomeOf('promql: {query: uq == 0, noResult: true}', clients)).toBe(
    'no result: there is no metric uq',
  )
})

test.each([
  [{ resultType: 'vector', result: [{ metric: {}, value: [1, '-Inf'] }] }, /seen: -Infinity/],
  [
    { resultType: 'vector', result: [{ metric: {}, histogram: [1, { count: '5' }] }] },
    /^the result of up has native histograms.*\n {2}remedy: apply a function that gives a number, such as `histogram_count\(up\)`/,
  ],
  [{ resultType: 'matrix', result: [] }, /is a matrix.*\n {2}remedy: apply a function, such as `rate\(up\)`/],
  [undefined, /^the answer does not come from Prometheus/],
])('a result that is not a number: %j', async (data, outcome) => {
  const { url } = await serveApi(() => ({ body: { status: 'success', data } }))
  const clients = { ...answering([]), prometheus: connectPrometheus({ url }) }
  expect(await outcomeOf('promql: {query: up, value: {atLeast: 0}}', clients)).toMatch(outcome)
})

test('the value of a Secret does not reach a report', async () => {
  const claim = 'object: {apiVersion: v1, kind: Secret, name: web, json: {/data/key: b3RoZXI=}}'
  const seen = await outcomeOf(claim, cluster([{ metadata: { name: 'web' }, data: { key: 'c2VjcmV0' } }]))
  expect(seen).toMatch(
    /^Secret web: expected "b3RoZXI=" at \/data\/key; seen: another value, which is not shown\n/,
  )
})

test('an own claim follows no redirect', async () => {
  const { url } = await serveApi(() => ({ status: 302, body: '', headers: { location: '/login' } }))
  const clients = { servers: { grafana: { url } } }
  expect(await outcomeOf('http: {server: grafana, path: /, status: 302}', clients)).toBe('status 302')
})

test.each([
  [400, 'unable to parse requirement', /^the API server answered 400: unable to parse requirement\n/],
  [403, 'queues is forbidden', /^the API server answered 403: queues is forbidden\n {2}from: claims.yaml:1/],
  [404, 'the server could not find the requested resource', /^expected Queue with a; seen: no such object\n/],
])('a selector that the API server answers with %i', async (status, message, outcome) => {
  const { kubeconfig } = await serveApi(({ url = '' }) =>
    url.startsWith('/apis/example.com/v1/queues')
      ? { status, body: { kind: 'Status', message } }
      : { body: { resources: [{ name: 'queues', kind: 'Queue', namespaced: true }] } },
  )
  const kubernetes = await connectKubernetes(kubeconfig, { readOnly: true })
  const claim = 'object: {apiVersion: example.com/v1, kind: Queue, selector: a, condition: Ready}'
  expect(await outcomeOf(claim, { kubernetes })).toMatch(outcome)
})

test('a query that Prometheus refuses, with its line in the file; waiting would not help', async () => {
  const error = 'invalid parameter "query": 2:5: parse error: unexpected end of input'
  const server = createServer((_, response) =>
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error })),
  )
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const prometheus = connectPrometheus({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  })
  const claim = claimOf('promql:\n    query: |\n      sum(\n        up\n    series: {atLeast: 1}')
  const probed = ownProbe(claim)({ prometheus } as Clients, {} as Run, () => {})
  await expect(probed).rejects.toThrow('at claims.yaml:6: 2:5: parse error: unexpected end of input')
  await expect(probed).rejects.toHaveProperty('name', 'GiveUpError')
})

const logs = (total: number) => ({
  dashboards: {
    fields: async (index: string) =>
      index === 'logs-*' ? [{ name: 'message', type: 'string', searchable: true, aggregatable: false }] : [],
  },
  opensearch: {
    indices: async () => [{ name: 'logs-2026-11-28' }, { name: '.internal' }],
    search: async () => ({
      total,
      hits: [{ index: 'logs-2026-11-28', document: { message: 'an error' } }].slice(0, total),
    }),
  },
})

test.each([
  ['query: message:*, hits: {atLeast: 1}', 7, /^7 hits$/],
  [
    'query: message:*error*, hits: {exactly: 0}',
    1,
    /^expected exactly 0 hits; seen: 1 hit\n {4}logs-2026-11-28: an error\n/,
  ],
  [
    'query: mesage:*, hits: {atLeast: 1}',
    0,
    /no document of logs-\* has a field mesage; did you mean message\?/,
  ],
  [
    'query: message:*, index: logz-*, hits: {exactly: 0}',
    0,
    /^no index matches logz-\*; the indices are: logs-2026-11-28\n/,
  ],
])('DQL, %s', async (dql, total, outcome) =>
  expect(await outcomeOf(`dql: {${dql}}`, logs(total))).toMatch(outcome),
)

const service = (status: number, body: string) => ({
  kubernetes: {
    askService: async () => ({ status, body }),
    core: {
      readNamespacedService: async () => {
        throw Object.assign(new Error('not found'), { code: 404 })
      },
      listNamespacedService: async () => ({ items: [{ metadata: { name: 'website' } }] }),
    },
  },
})
const refusal = JSON.stringify({ kind: 'Status', apiVersion: 'v1', message: 'services "web" not found' })

test.each([
  ['path: /', 200, 'ok', /^status 200$/],
  ['path: /, status: 404', 404, 'gone', /^status 404$/],
  [
    'path: /',
    500,
    'broken',
    /^expected status 2xx; seen: 500: broken\n {2}request: GET \/ of Service shop\/web:80/,
  ],
  ['path: /, contains: ready', 200, 'ok', /^expected a body with "ready"; seen: ok\n/],
  ['path: /, json: {/a/0: {b: 1}}', 200, '{"a":[{"b":1}]}', /^status 200$/],
  ['path: /, json: {/a/0: 2}', 200, '{"a":[1]}', /^expected 2 at \/a\/0; seen: 1\n/],
  ['path: /, json: {/a: 2}', 200, 'ok', /^expected a JSON document; seen: ok\n/],
  [
    'path: /',
    404,
    refusal,
    /services "web" not found\n.*\nthere is no Service shop\/web; namespace shop has: website\n/,
  ],
])('HTTP, %s of %s %s', async (http, status, body, outcome) =>
  expect(await outcomeOf(`http: {service: shop/web:80, ${http}}`, service(status, body))).toMatch(outcome),
)

const web = {
  metadata: { namespace: 'shop', name: 'web' },
  spec: { replicas: 2 },
  status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Stopped', message: 'no leader' }] },
}
const cluster = (objects: readonly object[]) => ({
  kubernetes: {
    objects: () => ({
      read: async () => {
        if (objects[0]) return objects[0]
        throw Object.assign(new Error('not found'), { code: 404 })
      },
      list: async (_: string, __: string, ___: string, ...more: readonly unknown[]) => ({
        items: more.at(-1) === undefined ? [{ metadata: { name: 'other' } }] : objects,
      }),
    }),
  },
})

test.each([
  ['name: web, json: {/spec/replicas: 2}', [web], /^$/],
  [
    'name: web, json: {/spec/replicas: 3}',
    [web],
    /^Queue shop\/web: expected 3 at \/spec\/replicas; seen: 2\n/,
  ],
  [
    'name: web, condition: Ready',
    [web],
    /^Queue shop\/web: expected condition Ready=True; seen: Ready=False, Stopped: no leader\n/,
  ],
  ['name: web, condition: Ready=False', [web], /^$/],
  ['name: web, condition: Synced', [web], /no such condition; its conditions are: Ready\n/],
  ['selector: app=web, condition: Ready=False', [web, web], /^2 objects$/],
  [
    'selector: app=web, condition: Ready',
    [],
    /^expected Queue with app=web in namespace shop; seen: no such object\n/,
  ],
  [
    'name: web, condition: Ready',
    [],
    /^expected Queue shop\/web; seen: no such object\n.*in namespace shop are: other\n/,
  ],
])('objects, %s', async (object, objects, outcome) =>
  expect(
    await outcomeOf(
      `object: {apiVersion: example.org/v1, kind: Queue, namespace: shop, ${object}}`,
      cluster(objects),
    ),
  ).toMatch(outcome),
)

test('a kind that the cluster does not know', async () => {
  const unknown = async () => {
    throw Object.assign(new Error('not found'), { code: 404 })
  }
  const clients = { kubernetes: { objects: () => ({ read: unknown, list: unknown }) } }
  const text = 'object: {apiVersion: example.org/v1, kind: Queue, name: web, condition: Ready}'
  expect(await outcomeOf(text, clients)).toMatch(
    /cause: the API server does not know Queue of example.org\/v1/,
  )
})

test('what a claim needs, and ids that are ours', () => {
  expect(ownNeeds(claimOf('http: {server: dashboards, path: /}'))).toEqual(['opensearch-dashboards'])
  expect(ownNeeds(claimOf('http: {service: shop/web:80, path: /}'))).toEqual([])
  expect(takenIds([claimOf('http: {server: grafana, path: /}')], ['own'])).toEqual([
    'claims.yaml:1: own is the id of a claim of the stack; choose another',
  ])
})
