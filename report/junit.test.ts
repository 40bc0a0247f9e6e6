import { expect, test } from 'vitest'
import { annotations } from './annotations.ts'
import { mixed } from './examples.ts'
import { junitXml } from './junit.ts'

const text = 'a <b> & "c" at 100 %: not so\n  last: exporter\x07 10.244.2.4:9100, down\r\n  \ud800'
const outcomes = mixed.map((outcome) => (outcome.verdict === 'broken' ? { ...outcome, text } : outcome))
const errors = ['specs/logs.spec.ts: Cannot find module\n  at …']
const interruptedBy = 'SIGINT'
const finishedAt = '2026-11-23T08:00:00.000Z'

test('JUnit: a suite for each area, a case for each claim', () => {
  const xml = junitXml({ outcomes, errors: [], interruptedBy: undefined, finishedAt })
  for (const part of [
    '<testsuites name="observability stack" tests="5" failures="3" errors="0" skipped="1" time="121.400" timestamp="2026-11-23T08:00:00.000Z">',
    '<testsuite name="cluster" tests="2" failures="1" errors="0" skipped="0" time="120.040">',
    '<testcase classname="cluster" name="four nodes are Ready" time="0.040"><properties><property name="claim" value="cluster-nodes"/></properties></testcase>',
    '<testcase classname="logs" name="documents name pod | &quot;node&quot;" time="1.260">',
    '<property name="checklist item" value="7"/><property name="checklist item" value="8"/></properties><failure',
    '<skipped message="E2E_STACKS leaves out custom-metrics-app"/></testcase>',
  ])
    expect(xml).toContain(part)
  expect(xml.match(/<testcase /g)).toHaveLength(outcomes.length)
})

test('JUnit: texts are escaped, and characters that XML cannot hold are left out', () => {
  const xml = junitXml({ outcomes, errors: [], interruptedBy: undefined, finishedAt })
  const head = 'a &lt;b&gt; &amp; &quot;c&quot; at 100 %: not so'
  expect(xml).toContain(
    `<failure message="${head}">${head}\n  last: exporter 10.244.2.4:9100, down\r\n  \ufffd</failure>`,
  )
})

test('JUnit: a signal and errors outside of the claims are errors', () => {
  const xml = junitXml({ outcomes: outcomes.slice(0, 1), errors, interruptedBy, finishedAt })
  expect(xml).toMatch(/<testsuites [^>]*tests="3" failures="0" errors="2"/)
  expect(xml).toContain('<error message="interrupted by SIGINT">interrupted by SIGINT</error>')
  expect(xml).toContain(`<error message="specs/logs.spec.ts: Cannot find module">${errors[0]}</error>`)
})

test('annotations: one for each failure, at the spec of its first claim, escaped as GitHub requires', () => {
  const [signal, error, ...failures] = annotations({ outcomes, errors, interruptedBy })
  expect(signal).toBe('::error title=interrupted by SIGINT::1 passed, 3 failed, 1 not run')
  expect(error).toMatch(/::specs\/logs\.spec\.ts: Cannot find module%0A {2}at …$/)
  expect(failures).toEqual([
    expect.stringMatching(
      /^::error title=cluster-pods%2C opensearch-pod%2C logs-shape::a <b> & "c" at 100 %25: .*%0D%0A {2}\ufffd$/,
    ),
  ])
  const [, refused] = annotations({ outcomes: mixed, errors: [], interruptedBy: undefined })
  expect(refused).toMatch(
    /^::error file=specs\/opensearch\.spec\.ts,line=12,title=opensearch-pod%2C logs-shape::/,
  )
  expect(annotations({ outcomes: mixed.slice(0, 1), errors: [], interruptedBy: undefined })).toEqual([])
})
