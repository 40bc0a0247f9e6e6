import { expect, test } from 'vitest'
import { ownArea, type ClaimOutcome } from '../specs/support/claim.ts'
import { checklist, claimOf } from '../specs/support/checklist.ts'
import {
  describeMatrix,
  describeOutcome,
  faultShortfall,
  matrixMarkdown,
  uncoveredClaims,
  type FaultOutcome,
} from './matrix.ts'
import { faults } from './table.ts'

const broken = (id: string, text: string): ClaimOutcome => ({
  claim: claimOf(id),
  verdict: 'broken',
  seconds: 5,
  text,
})
const label = {
  red: ['grafana-custom-dashboard', 'grafana-custom-panels'],
  cause: /is not labelled/,
} as const
const named = broken('grafana-custom-dashboard', 'ConfigMap monitoring/dashboard is not labelled')
const panels = broken('grafana-custom-panels', 'no dashboard has the title')

test('exactly the expected claims are red, and the first one names the cause', () => {
  expect(faultShortfall(label, [named, panels])).toBeUndefined()
})

test('an alert of the chart may accompany any fault, and is not what names the cause', () => {
  const alarm = broken('metrics-alerts', 'alert TargetDown is pending')
  expect(faultShortfall(label, [alarm, named, panels])).toBeUndefined()
})

test('a fault may turn own claims red, which its row cannot list', () => {
  const claim = { id: 'shop-up', area: ownArea, sentence: 'the shop is up', items: [], needs: [] }
  const own: ClaimOutcome = { claim, verdict: 'broken', seconds: 5, text: 'no result' }
  expect(faultShortfall(label, [named, panels, own])).toBeUndefined()
})

test('a missing red claim, an unexpected one, and no cause', () => {
  const shortfall = faultShortfall(label, [broken('promql-p95', 'it is 3'), panels])
  expect(shortfall?.split('\n')).toEqual([
    expect.stringMatching(/red.*: grafana-custom-dashboard$/),
    expect.stringMatching(/green.*: promql-p95: it is 3$/),
    expect.stringMatching(
      /^grafana-custom-panels does not name the cause, \/is not labelled\/: no dashboard/,
    ),
  ])
})

const outcomes: readonly FaultOutcome[] = [
  {
    fault: { name: 'dashboard-label', sentence: 'the label is misspelt' },
    seen: label.red,
    said: 'ConfigMap monitoring/dashboard is not labelled',
    red: 9.51,
    green: 10.6,
    shortfall: undefined,
  },
  {
    fault: { name: 'node-stopped', sentence: 'a node | stops' },
    seen: ['cluster-nodes'],
    said: 'node worker is not Ready',
    red: 60,
    green: 20,
    shortfall: 'node-stopped turns red what it should\n  last: should be red and is not: cluster-pods',
  },
]

test('each outcome in one line, followed by what went wrong', () => {
  const [good, bad] = outcomes.map(describeOutcome)
  expect(good).toMatch(/^✓ dashboard-label: .* 2 red after 9\.5 s, green 10\.6 s after/)
  expect(bad?.split('\n')).toEqual([
    expect.stringMatching(/^✗ node-stopped: .* 1 red after 60\.0 s/),
    expect.stringContaining('node-stopped turns red'),
    expect.stringContaining('should be red and is not: cluster-pods'),
  ])
})

test('the matrix has a row for each claim and a column for each fault', () => {
  const lines = describeMatrix(outcomes).split('\n')
  expect(lines.slice(0, 2)).toEqual([' 1 dashboard-label', ' 2 node-stopped'])
  expect(lines).toContainEqual(expect.stringMatching(/^cluster-nodes +·●$/))
  expect(lines).toContainEqual(expect.stringMatching(/^grafana-custom-panels +●·$/))
  expect(lines).toContainEqual(expect.stringMatching(/^cluster-pods +··$/))
  expect(lines).toHaveLength(5 + checklist.length)
})

test('the page has the problems, a row for each fault and the message of its first red claim', () => {
  const page = matrixMarkdown(outcomes, ['no fault turns promql-p95 red'])
  expect(page).toContain('# ✗ Faults: 2 injected, 1 problems')
  expect(page).toContain('no fault turns promql-p95 red')
  expect(page).toMatch(
    /\| ✓ \| dashboard-label \| .* grafana-custom-dashboard, grafana-custom-panels \| 9\.5 s/,
  )
  expect(page).toMatch(/\| ✗ \| node-stopped \| a node \\\| stops \| cluster-nodes \|/)
  expect(page).toMatch(/### dashboard-label: grafana-custom-dashboard\n\n```text\n.*is not labelled\n```/)
})

test('a claim is covered once a fault has turned it red', () => {
  const ids = checklist.map(({ id }) => id)
  expect(uncoveredClaims(outcomes)).toEqual(ids.filter((id) => ![...label.red, 'cluster-nodes'].includes(id)))
})

test('the table has a fault for every claim, and every name is unique', () => {
  const seen = faults.map(({ name, red }) => ({
    fault: { name, sentence: '' },
    seen: red,
    said: '',
    red: 0,
    green: 0,
    shortfall: undefined,
  }))
  expect(uncoveredClaims(seen)).toEqual([])
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length)
})
