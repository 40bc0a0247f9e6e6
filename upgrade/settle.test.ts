import { expect, test } from 'vitest'
import type { Prometheus, RuleGroup } from '../setup/clients/prometheus.ts'
import { rulesEvaluated } from './settle.ts'

const startedAt = Date.parse('2026-11-23T10:00:00Z')
const group = (evaluatedAt: string): RuleGroup => ({
  name: 'kube-apiserver-availability.rules',
  interval: 180,
  evaluatedAt: Date.parse(evaluatedAt),
})

test('a group that was not evaluated yet, or before there were two scrapes, has not had its turn', async () => {
  const answers = ['0001-01-01T00:00:00Z', '2026-11-23T10:00:20Z', '2026-11-23T10:03:20Z']
  let asked = 0
  const prometheus: Pick<Prometheus, 'startedAt' | 'ruleGroups'> = {
    startedAt: () => Promise.resolve(startedAt),
    ruleGroups: () => Promise.resolve([group(answers[Math.max(0, asked++ - 1)] ?? '')]),
  }
  await rulesEvaluated(prometheus)
  expect(asked).toBe(4)
})
