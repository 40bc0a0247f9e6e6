import { expect, test } from 'vitest'
import { describeChecklist, summaryMarkdown, verdictLine } from './checklist.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'

const claim = (area: string, id: string, sentence: string, items: readonly number[]) => ({
  area,
  id,
  sentence,
  items,
  needs: [],
})
const refused =
  'opensearch did not come up: helm upgrade --install opensearch\n  exited with code 1 after 0.3 s'

const outcomes: readonly ClaimOutcome[] = [
  {
    claim: claim('cluster', 'cluster-nodes', 'four nodes are Ready', []),
    verdict: 'holds',
    seconds: 0.04,
  },
  {
    claim: claim('OpenSearch', 'opensearch-pod', 'one pod runs', [5]),
    verdict: 'broken',
    seconds: 0.1,
    text: refused,
  },
  {
    claim: claim('logs', 'logs-shape', 'documents name pod | node', [7, 8]),
    verdict: 'broken',
    seconds: 1.26,
    text: refused,
  },
  {
    claim: claim('logs', 'logs-event-time', '@timestamp is that of the event', [7]),
    verdict: 'broken',
    seconds: 90,
    text: '@timestamp is that of the event: not so after 90.0 s (88 tries)\n  last: no document is older',
  },
  {
    claim: claim('app', 'app-pods', 'two pods are Ready', [9]),
    verdict: 'not run',
    reason: 'E2E_STACKS leaves out custom-metrics-app',
  },
]
const holding = outcomes.slice(0, 1)
const ended = { errors: [], interruptedBy: undefined, evidence: undefined }

test('on a terminal: the table, then each text once with the claims that it broke, then the verdict', () => {
  expect(describeChecklist(outcomes)).toMatchInlineSnapshot(`
    "cluster
      ✓ cluster-nodes    four nodes are Ready (0.0 s)
    OpenSearch
      ✗ opensearch-pod   one pod runs (0.1 s)
    logs
      ✗ logs-shape       documents name pod | node (1.3 s)
      ✗ logs-event-time  @timestamp is that of the event (90.0 s)
    app
      - app-pods         two pods are Ready (not run: E2E_STACKS leaves out custom-metrics-app)

    ✗ opensearch-pod, logs-shape
      opensearch did not come up: helm upgrade --install opensearch
        exited with code 1 after 0.3 s

    ✗ logs-event-time
      @timestamp is that of the event: not so after 90.0 s (88 tries)
        last: no document is older

    1 passed, 3 failed, 1 not run"
  `)
})

test('on a terminal, where all holds', () => {
  expect(describeChecklist(holding)).toMatchInlineSnapshot(`
    "cluster
      ✓ cluster-nodes  four nodes are Ready (0.0 s)

    1 passed, 0 failed"
  `)
})

test('on a page: the verdict, what is broken, the table', () => {
  expect(summaryMarkdown({ ...ended, outcomes, evidence: 'out/diagnostics/index.md' }))
    .toMatchInlineSnapshot(`
      "# ✗ Observability stack: 1 passed, 3 failed, 1 not run

      - ✗ **OpenSearch: one pod runs**
      - ✗ **logs: documents name pod | node**

      \`\`\`text
      opensearch did not come up: helm upgrade --install opensearch
        exited with code 1 after 0.3 s
      \`\`\`

      - ✗ **logs: @timestamp is that of the event**

      \`\`\`text
      @timestamp is that of the event: not so after 90.0 s (88 tries)
        last: no document is older
      \`\`\`

      Evidence: \`out/diagnostics/index.md\`

      |  | claim | what is true when it is green | items |  |
      | --- | --- | --- | --- | --- |
      | ✓ | cluster-nodes | four nodes are Ready |  | 0.0 s |
      | ✗ | opensearch-pod | one pod runs | 5 | 0.1 s |
      | ✗ | logs-shape | documents name pod \\| node | 7, 8 | 1.3 s |
      | ✗ | logs-event-time | @timestamp is that of the event | 7 | 90.0 s |
      | - | app-pods | two pods are Ready | 9 | not run: E2E_STACKS leaves out custom-metrics-app |
      "
    `)
})

test('on a page, where all holds', () => {
  expect(summaryMarkdown({ ...ended, outcomes: holding })).toMatchInlineSnapshot(`
    "# ✓ Observability stack: 1 passed, 0 failed

    |  | claim | what is true when it is green | items |  |
    | --- | --- | --- | --- | --- |
    | ✓ | cluster-nodes | four nodes are Ready |  | 0.0 s |
    "
  `)
})

test('on a page, where something else went wrong, or the run was cut short', () => {
  const error = 'specs/logs.spec.ts: Cannot find module'
  const pages = [
    { ...ended, outcomes: holding, errors: [error] },
    { ...ended, outcomes: holding, interruptedBy: 'SIGTERM' },
  ].map(summaryMarkdown)
  expect(pages.map((page) => page.split('\n\n|', 1)[0]).join('\n\n')).toMatchInlineSnapshot(`
    "# ✗ Observability stack: 1 passed, 0 failed

    - ✗ **outside of any claim**

    \`\`\`text
    specs/logs.spec.ts: Cannot find module
    \`\`\`

    # ✗ Observability stack: interrupted by SIGTERM: 1 passed, 0 failed"
  `)
})

test('the verdict', () => {
  expect(verdictLine(outcomes)).toBe('1 passed, 3 failed, 1 not run')
  expect(verdictLine(holding)).toBe('1 passed, 0 failed')
})
