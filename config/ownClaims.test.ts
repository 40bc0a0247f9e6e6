import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseOwnClaims } from './ownClaims.ts'

const parse = (text: string) => parseOwnClaims('claims.yaml', text)

test('claims with their lines; a literal block begins below its key', () => {
  const { claims, problems } = parse(`# yaml-language-server: $schema=claims.schema.json
- id: shop-up
  sentence: every pod of the shop is scraped
  promql:
    query: |
      up{job="shop"}
    value: {exactly: 1}
- id: shop-errors
  sentence: the shop logs no errors
  limit: 60
  dql: {query: 'message: *error*', hits: {exactly: 0}}
- id: shop-answers
  sentence: the shop is healthy
  http: {service: shop/web:http, path: /healthz, json: {/status: ok}}
- id: shop-available
  sentence: the shop is available
  object: {apiVersion: apps/v1, kind: Deployment, namespace: shop, name: web, condition: Available}
`)
  expect(problems).toEqual([])
  expect(claims.map(({ id, line, queryLine }) => [id, line, queryLine])).toEqual([
    ['shop-up', 2, 6],
    ['shop-errors', 8, 8],
    ['shop-answers', 12, 12],
    ['shop-available', 15, 15],
  ])
})

test.each([
  ['query: | # why\n      up\n', 5],
  ['query: >-\n      up\n', 5],
  ['query:\n      "up"\n', 5],
  ['query: "up |"\n', 4],
])('where the text of a query begins: %j', (query, line) => {
  const { claims } = parse(`- id: a\n  sentence: a\n  promql:\n    ${query}    noResult: true\n`)
  expect(claims[0]?.queryLine).toBe(line)
})

test('every mistake of the schema at once', () => {
  const { claims, problems } = parse(`
- id: Shop
  sentence: ''
  promql: {query: up}
- id: shop
  sentence: both
  promql: {query: up, value: {min: 1}}
  dql: {query: x, hits: {}}
- id: shop-web
  sentence: neither
  http: {server: grafna, service: shop, path: healthz}
- id: shop-object
  sentence: too little
  object: {apiVersion: v1, kind: Pod}
`)
  expect(claims).toEqual([])
  expect(problems).toMatchInlineSnapshot(`
    [
      "claims.yaml:2:3: claims[0].id: must be lower-case letters, digits and single dashes, a letter first, such as \`checkout-latency\`, not "Shop"",
      "claims.yaml:3:3: claims[0].sentence: must not be empty",
      "claims.yaml:4:3: claims[0].promql: must have at least one of value, equalTo, series, labels, noResult",
      "claims.yaml:5:3: claims[1]: must have exactly one of promql, dql, http, object, not promql and dql",
      "claims.yaml:7:31: claims[1].promql.value.min: no such field; the fields are atLeast, atMost, above, below, exactly",
      "claims.yaml:8:19: claims[1].dql.hits: must have at least one entry",
      "claims.yaml:11:3: claims[2].http: must have exactly one of service, server, not server and service",
      "claims.yaml:11:10: claims[2].http.server: must be one of prometheus, grafana, alertmanager, opensearch, dashboards, not "grafna"; did you mean grafana?",
      "claims.yaml:11:26: claims[2].http.service: must be a Service as \`namespace/name:port\`, with the number or the name of a port, not "shop"",
      "claims.yaml:11:41: claims[2].http.path: must be a path that begins with one slash, such as \`/healthz\`, not "healthz"",
      "claims.yaml:14:3: claims[3].object: must have exactly one of name, selector",
      "claims.yaml:14:3: claims[3].object: must have at least one of condition, json",
    ]
  `)
})

test('mistakes that a JSON Schema cannot express', () => {
  const { problems } = parse(`
- {id: a, sentence: a, promql: {query: up, noResult: true, series: {atLeast: 1}}}
- {id: a, sentence: a, dql: {query: 'message: (error OR', hits: {atLeast: 1}}}
- {id: b, sentence: b, http: {server: grafana, path: /, json: {status: ok}}}
`)
  expect(problems).toMatchInlineSnapshot(`
    [
      "claims.yaml:2:44: claims[0].promql.noResult: excludes series",
      "claims.yaml:3:4: claims[1].id: another claim has this id",
      "claims.yaml:3:30: claims[1].dql.query: cannot be parsed: Expected ")", AND, OR, whitespace but end of input found.",
      "claims.yaml:4:64: claims[2].http.json.status: a JSON pointer begins with a slash, and has ~0 for ~ and ~1 for a slash in a name",
    ]
  `)
})

test('expectations that nothing can meet or break', () => {
  const { problems } = parse(`
- {id: a, sentence: a, promql: {query: up, value: {atLeast: 5, below: 5}, series: {exactly: -1}}}
- {id: b, sentence: b, dql: {query: a, hits: {below: 0}}}
- {id: c, sentence: c, promql: {query: ' ', labels: []}}
- {id: d, sentence: d, limit: 1e9, http: {server: grafana, path: //elsewhere, status: 20, json: {}}}
- {id: e, sentence: e, object: {apiVersion: apps, kind: pods, name: a, json: {/a~b: 1}}}
- {id: f, sentence: f, promql: {query: up, value: {exactly: .nan}}}
- {id: g, sentence: g, promql: {query: up, value: {exactly: 5, atMost: 4}}}
`)
  expect(problems).toMatchInlineSnapshot(`
    [
      "claims.yaml:2:84: claims[0].promql.series.exactly: must be at least 0, not -1",
      "claims.yaml:4:33: claims[2].promql.query: must not be empty",
      "claims.yaml:4:45: claims[2].promql.labels: must have at least one entry",
      "claims.yaml:5:24: claims[3].limit: must be at most 3600, not 1000000000",
      "claims.yaml:5:60: claims[3].http.path: must be a path that begins with one slash, such as \`/healthz\`, not "//elsewhere"",
      "claims.yaml:5:79: claims[3].http.status: must be at least 100, not 20",
      "claims.yaml:5:91: claims[3].http.json: must have at least one entry",
      "claims.yaml:6:33: claims[4].object.apiVersion: must be a version, after the group if it has one, such as \`v1\` or \`apps/v1\`, not "apps"",
      "claims.yaml:6:51: claims[4].object.kind: must be a kind, such as \`Deployment\`, not "pods"",
      "claims.yaml:7:52: claims[5].promql.value.exactly: must be a number, not NaN",
      "claims.yaml:3:40: claims[1].dql.hits: the bounds exclude each other: no number is within all of them",
      "claims.yaml:8:44: claims[6].promql.value: the bounds exclude each other: no number is within all of them",
    ]
  `)
})

test('the examples in the docs are valid', async () => {
  const [, ...sections] = (await readFile('docs/own-claims.md', 'utf8')).split(/^## /m)
  const examples = sections.flatMap((section) =>
    [...section.matchAll(/^\| .*`(\{.*\})` *\|$/gm)].map(([, example = '']) => [
      section.split('\n', 1)[0],
      example,
    ]),
  )
  const text = examples.map(([kind, example], index) => `- {id: e${index}, sentence: s, ${kind}: ${example}}`)
  expect(parse(text.join('\n'))).toMatchObject({ problems: [], claims: { length: 12 } })
})
