import { expect, test } from 'vitest'
import { HttpError } from '../clients/http.ts'
import type { Rule } from '../clients/prometheus.ts'
import { recordedTwice } from './recordedTwice.ts'

const rule = (name: string, query: string, group: string, more: Partial<Rule> = {}): Rule => ({
  ...{ name, query, group, type: 'recording', health: 'ok', lastError: '' },
  ...more,
})
const differ = () => Promise.resolve([{ labels: { job: 'app' }, value: 1 }])

test('two rules with different values for one series, with both expressions', async () => {
  const asked: string[] = []
  const query = (text: string) => {
    asked.push(text)
    return differ()
  }
  const [text] = await recordedTwice([rule('a:b', 'sum(up)', 'x'), rule('a:b', 'sum(down)', 'y')], query)
  expect(asked).toEqual(['abs((sum(up)) - (sum(down))) > 1e-9 * abs(sum(up))'])
  expect(text).toContain('such as {job="app"}: sum(up) in group x, and sum(down) in group y')
})

test.each<[string, Rule]>([
  ['the same expression', rule('a:b', 'sum(up)', 'y')],
  ['another name', rule('a:c', 'sum(down)', 'y')],
  ['another label of its own', rule('a:b', 'sum(down)', 'y', { labels: { verb: 'read' } })],
  ['an alert', rule('a:b', 'sum(down)', 'y', { type: 'alerting' })],
])('%s is not asked about', async (_, other) => {
  expect(await recordedTwice([rule('a:b', 'sum(up)', 'x'), other], differ)).toEqual([])
})

test('a pair that Prometheus cannot subtract is left out; one that it does not answer about is not', async () => {
  const rules = [rule('a:b', '1', 'x'), rule('a:b', '2', 'y')]
  const answering = (status: number) => () =>
    Promise.reject(
      new HttpError('GET /api/v1/query', 'http://x', { status, body: '', contentType: '', date: '' }),
    )
  expect(await recordedTwice(rules, answering(400))).toEqual([])
  await expect(recordedTwice(rules, answering(503))).rejects.toThrow('503')
})
