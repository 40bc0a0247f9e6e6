import { expect, test } from 'vitest'
import type { ClaimOutcome } from '../specs/support/claim.ts'
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

test('just what should be red is, and the first of it names the cause', () => {
  expect(faultShortfall(label, [named, panels])).toBeUndefined()
})

test('one claim too few, one too many, no cause', () => {
  expect(faultShortfall(label, [broken('promql-p95', 'it is 3, not between 0.1 and 0.75'), panels]))
    .toMatchInlineSnapshot(`
    "should be red and is not: grafana-custom-dashboard
    should be green and is not: promql-p95: it is 3, not between 0.1 and 0.75
    promql-p95 does not name the cause, /is not labelled/: it is 3, not between 0.1 and 0.75"
  `)
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

test('what came of each fault, in a line', () => {
  expect(outcomes.map(describeOutcome).join('\n')).toMatchInlineSnapshot(`
    "✓ dashboard-label: the label is misspelt: 2 red after 9.5 s, green 10.6 s after its end
    ✗ node-stopped: a node | stops: 1 red after 60.0 s, green 20.0 s after its end
        node-stopped turns red what it should
          last: should be red and is not: cluster-pods"
  `)
})

test('the matrix has a row for each claim and a column for each fault', () => {
  const lines = describeMatrix(outcomes).split('\n')
  expect(lines.slice(0, 7).join('\n')).toMatchInlineSnapshot(`
    " 1 dashboard-label
     2 node-stopped


                             12
    cluster-nodes            ·●
    cluster-pods             ··"
  `)
  expect(lines).toHaveLength(5 + checklist.length)
})

test('a page', () => {
  const page = matrixMarkdown(outcomes, ['no fault turns promql-p95 red'])
  expect(page.split('\n').slice(0, 12).join('\n')).toMatchInlineSnapshot(`
    "# ✗ Faults: 2 injected, 1 problems

    \`\`\`text
    no fault turns promql-p95 red
    \`\`\`

    |  | fault | what is broken | red | red after | green after its end |
    | --- | --- | --- | --- | --- | --- |
    | ✓ | dashboard-label | the label is misspelt | grafana-custom-dashboard, grafana-custom-panels | 9.5 s | 10.6 s |
    | ✗ | node-stopped | a node \\| stops | cluster-nodes | 60.0 s | 20.0 s |

    \`\`\`text"
  `)
})

test('the page has the words of the first red claim of each fault', () => {
  const [, words] = matrixMarkdown(outcomes, []).split('## What the first red claim of each said')
  expect(words?.trim()).toMatchInlineSnapshot(`
    "### dashboard-label: grafana-custom-dashboard

    \`\`\`text
    ConfigMap monitoring/dashboard is not labelled
    \`\`\`

    ### node-stopped: cluster-nodes

    \`\`\`text
    node worker is not Ready
    \`\`\`"
  `)
})

test('a claim is covered once a fault has turned it red', () => {
  const ids = checklist.map(({ id }) => id)
  expect(uncoveredClaims(outcomes)).toEqual(ids.filter((id) => ![...label.red, 'cluster-nodes'].includes(id)))
})

test('the table has a fault for every claim, and each name once', () => {
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
