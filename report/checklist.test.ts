import { expect, test } from 'vitest'
import { describeChecklist, summaryMarkdown } from './checklist.ts'
import { green, mixed } from './examples.ts'
import { junitXml } from './junit.ts'
import { reportPage } from './page.ts'

const ended = { outcomes: mixed.slice(0, 1), errors: [], interruptedBy: undefined, evidence: undefined }

test('console: the checklist, each failure once with the claims that it broke, the verdict', () => {
  expect(describeChecklist(mixed)).toMatchInlineSnapshot(`
    "cluster
      ✓ cluster-nodes   four nodes are Ready (0.0 s)
      ✗ cluster-pods    no pod has a problem (120.0 s)
    OpenSearch
      ✗ opensearch-pod  one pod runs (0.1 s)
    logs
      ✗ logs-shape      documents name pod | "node" (1.3 s)
    app
      - app-pods        two pods are Ready (not run: E2E_STACKS leaves out custom-metrics-app)

    ✗ cluster-pods
      no pod has a problem: not so after 120.0 s (98 tries)
        last: Pod default/app-1: container app keeps crashing: exit code 2, 5 restarts

    ✗ opensearch-pod, logs-shape
      opensearch did not come up: helm upgrade --install opensearch
        exited with code 1 after 0.3 s

    What was not checked: 1 thing
      - E2E_STACKS leaves out custom-metrics-app: claim app-pods

    1 passed, 3 failed, 1 not run"
  `)
})

test('Markdown: the verdict, each failure with its claims, the evidence, the table', () => {
  const page = summaryMarkdown({ ...ended, outcomes: mixed, evidence: 'out/diagnostics/index.md' })
  const parts = [
    '# ✗ Observability stack: 1 passed, 3 failed, 1 not run',
    '- ✗ **cluster: no pod has a problem**\n\n```text\nno pod has a problem: not so',
    '- ✗ **OpenSearch: one pod runs**\n- ✗ **logs: documents name pod | "node"**\n\n```text\nopensearch did not',
    'Evidence: `out/diagnostics/index.md`',
    '| ✓ | cluster-nodes | four nodes are Ready |  | 0.0 s |',
    '| ✗ | logs-shape | documents name pod \\| "node" | 7, 8 | 1.3 s |',
    '| - | app-pods | two pods are Ready | 9 | not run: E2E_STACKS leaves out custom-metrics-app |',
  ]
  for (const part of parts) expect(page).toContain(part)
  expect(parts.map((part) => page.indexOf(part))).toEqual(
    parts.map((part) => page.indexOf(part)).sort((a, b) => a - b),
  )
})

test.each([
  ['every claim holds', ended, '# ✓ Observability stack: 1 passed, 0 failed'],
  [
    'an error in no claim',
    { ...ended, errors: ['a.spec.ts: no module'] },
    '```text\na.spec.ts: no module\n```',
  ],
  [
    'an error in no claim fails the run',
    { ...ended, errors: ['a.spec.ts'] },
    '# ✗ Observability stack: 1 passed',
  ],
  [
    'a signal',
    { ...ended, interruptedBy: 'SIGTERM' },
    '# ✗ Observability stack: interrupted by SIGTERM: 1 passed',
  ],
])('Markdown: %s', (_, result, text) => {
  expect(summaryMarkdown(result)).toContain(text)
})

test('figures stand beside the time of their claim, in the console, on the page and for CI', () => {
  const figures = 'p50 1.2 s, p99 2.9 s'
  const outcomes = green.outcomes.map((outcome, index) =>
    index === 0 && outcome.verdict === 'holds' ? { ...outcome, figures } : outcome,
  )
  const result = { ...green, outcomes }
  expect(describeChecklist(outcomes)).toMatch(/ s; p50 1\.2 s, p99 2\.9 s\)/)
  expect(summaryMarkdown(result)).toContain(figures)
  expect(reportPage(result)).toContain(figures)
  expect(junitXml(result)).toContain(`<property name="figures" value="${figures}"/>`)
})

test('the head names the overlay', () => {
  expect(summaryMarkdown({ ...green, overlay: 'shop' })).toMatch(
    /^# ✓ Observability stack with overlay shop: /,
  )
})
