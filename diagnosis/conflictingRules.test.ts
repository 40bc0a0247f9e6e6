import { expect, test } from 'vitest'
import { HttpError } from '../clients/http.ts'
import type { Rule } from '../clients/prometheus.ts'
import { conflictingRules } from './conflictingRules.ts'

const rule = (name: string, query: string, group: string, more: Partial<Rule> = {}): Rule => ({
  ...{ name, query, group, type: 'recording', health: 'ok', lastError: '' },
  ...more,
})
const twoRules = [rule('a:b', 'sum(up)', 'x'), rule('a:b', 'sum(down)', 'y')]
const conflict = (job: string) => ({ labels: { job }, value: 1 })
const oneConflict = () => Promise.resolve([conflict('app')])
const answering = (status: number) => () =>
  Promise.reject(
    new HttpError('GET /api/v1/query', 'http://x', { status, body: '', contentType: '', date: '' }),
  )

test('two rules with different values for one series, with both expressions', async () => {
  const queries: string[] = []
  const query = (text: string) => {
    queries.push(text)
    return oneConflict()
  }
  const [text] = await conflictingRules(twoRules, query)
  expect(queries).toEqual(['abs((sum(up)) / ignoring (__name__) (sum(down)) - 1) > 1e-9'])
  expect(text).toContain('disagree about {job="app"}: sum(up) in group x, sum(down) in group y\n')
})

test('the series has the static labels of its rules, and the others are counted', async () => {
  const rules = twoRules.map((one) => ({ ...one, labels: { verb: 'read' } }))
  const query = () => Promise.resolve([conflict('app'), conflict('web'), conflict('db')])
  const [text] = await conflictingRules(rules, query)
  expect(text).toContain('{job="app",verb="read"} and 2 more series: ')
})

test.each<[string, Rule]>([
  ['the same expression', rule('a:b', 'sum(up)', 'y')],
  ['another name', rule('a:c', 'sum(down)', 'y')],
  ['another static label', rule('a:b', 'sum(down)', 'y', { labels: { verb: 'read' } })],
  ['an alert', rule('a:b', 'sum(down)', 'y', { type: 'alerting' })],
  ['a rule that fails', rule('a:b', 'sum(down)', 'y', { health: 'err' })],
])('%s is no conflict', async (_, other) => {
  expect(await conflictingRules([rule('a:b', 'sum(up)', 'x'), other], oneConflict)).toEqual([])
})

test('rules that Prometheus cannot compare are skipped', async () => {
  expect(await conflictingRules(twoRules, answering(400))).toEqual([])
})

test('an error of the server is not hidden', async () => {
  await expect(conflictingRules(twoRules, answering(503))).rejects.toThrow('503')
})
