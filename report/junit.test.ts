import { expect, test } from 'vitest'
import { annotations } from './annotations.ts'
import { junitXml } from './junit.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'

const claim = (area: string, id: string, sentence: string, items: readonly number[]) => ({
  area,
  id,
  sentence,
  items,
  needs: [],
})
const text =
  'a <b> & "c" at 100 %: not so after 90.0 s\n  last: node-exporter\x07 10.244.2.4:9100, down\r\n  \ud800'
const outcomes: readonly ClaimOutcome[] = [
  {
    claim: claim('cluster', 'cluster-nodes', 'four nodes are Ready', []),
    verdict: 'holds',
    seconds: 0.04,
  },
  {
    claim: claim('logs', 'logs-shape', 'documents name pod & "node"', [7, 8]),
    verdict: 'broken',
    seconds: 90.0004,
    text,
    spec: { file: 'specs/logs.spec.ts', line: 12 },
  },
  {
    claim: claim('logs', 'logs-event-time', '@timestamp is that of the event', [7]),
    verdict: 'broken',
    seconds: 0.1,
    text,
  },
  {
    claim: claim('app', 'app-pods', 'two pods are Ready', [9]),
    verdict: 'not run',
    reason: 'interrupted by SIGINT',
  },
]
const finishedAt = '2026-11-23T08:00:00.000Z'

test('JUnit: every claim with its id', () => {
  const result = { outcomes, errors: [], interruptedBy: undefined, finishedAt }
  expect(junitXml(result)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="observability stack" tests="4" failures="2" errors="0" skipped="1" time="90.140" timestamp="2026-11-23T08:00:00.000Z">
    <testsuite name="cluster" tests="1" failures="0" errors="0" skipped="0" time="0.040">
    <testcase classname="cluster" name="four nodes are Ready" time="0.040"><properties><property name="claim" value="cluster-nodes"/></properties></testcase>
    </testsuite>
    <testsuite name="logs" tests="2" failures="2" errors="0" skipped="0" time="90.100">
    <testcase classname="logs" name="documents name pod &amp; &quot;node&quot;" time="90.000"><properties><property name="claim" value="logs-shape"/><property name="checklist item" value="7"/><property name="checklist item" value="8"/></properties><failure message="a &lt;b&gt; &amp; &quot;c&quot; at 100 %: not so after 90.0 s">a &lt;b&gt; &amp; &quot;c&quot; at 100 %: not so after 90.0 s
      last: node-exporter 10.244.2.4:9100, down
      �</failure></testcase>
    <testcase classname="logs" name="@timestamp is that of the event" time="0.100"><properties><property name="claim" value="logs-event-time"/><property name="checklist item" value="7"/></properties><failure message="a &lt;b&gt; &amp; &quot;c&quot; at 100 %: not so after 90.0 s">a &lt;b&gt; &amp; &quot;c&quot; at 100 %: not so after 90.0 s
      last: node-exporter 10.244.2.4:9100, down
      �</failure></testcase>
    </testsuite>
    <testsuite name="app" tests="1" failures="0" errors="0" skipped="1" time="0.000">
    <testcase classname="app" name="two pods are Ready" time="0.000"><properties><property name="claim" value="app-pods"/><property name="checklist item" value="9"/></properties><skipped message="interrupted by SIGINT"/></testcase>
    </testsuite>
    </testsuites>
    "
  `)
})

test('JUnit: what is no claim', () => {
  const errors = ['specs/logs.spec.ts: Cannot find module\n  at …']
  const result = { outcomes: outcomes.slice(0, 1), errors, interruptedBy: 'SIGINT', finishedAt }
  expect(junitXml(result)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="observability stack" tests="3" failures="0" errors="2" skipped="0" time="0.040" timestamp="2026-11-23T08:00:00.000Z">
    <testsuite name="outside of any claim" tests="2" failures="0" errors="2" skipped="0" time="0.000">
    <testcase classname="outside of any claim" name="interrupted by SIGINT" time="0.000"><error message="interrupted by SIGINT">interrupted by SIGINT</error></testcase>
    <testcase classname="outside of any claim" name="specs/logs.spec.ts: Cannot find module" time="0.000"><error message="specs/logs.spec.ts: Cannot find module">specs/logs.spec.ts: Cannot find module
      at …</error></testcase>
    </testsuite>
    <testsuite name="cluster" tests="1" failures="0" errors="0" skipped="0" time="0.040">
    <testcase classname="cluster" name="four nodes are Ready" time="0.040"><properties><property name="claim" value="cluster-nodes"/></properties></testcase>
    </testsuite>
    </testsuites>
    "
  `)
})

test('annotations: one for each thing that is wrong, in the escapes that GitHub wants', () => {
  const errors = ['specs/logs.spec.ts: Cannot find module\n  at …']
  expect(annotations({ outcomes, errors, interruptedBy: 'SIGINT' }).join('\n')).toMatchInlineSnapshot(`
    "::error title=interrupted by SIGINT::1 passed, 2 failed, 1 not run
    ::error title=outside of any claim::specs/logs.spec.ts: Cannot find module%0A  at …
    ::error file=specs/logs.spec.ts,line=12,title=logs-shape%2C logs-event-time::a <b> & "c" at 100 %25: not so after 90.0 s%0A  last: node-exporter 10.244.2.4:9100, down%0D%0A  �"
  `)
  expect(annotations({ outcomes: outcomes.slice(0, 1), errors: [], interruptedBy: undefined })).toEqual([])
})
