import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { base } from './exampleObservation.ts'
import type { Finding } from './findings.ts'
import { rollbackCause } from './rollbackCauses.ts'
import { describeRollbacks } from './rollbackReport.ts'
import {
  changedDefinitions,
  judgeRollbacks,
  lostHoldings,
  lostWorking,
  notTried,
  stacksOf,
  type Attempt,
} from './rollbackVerdict.ts'

const prometheusStack: Attempt = {
  change: { chart: 'kube-prometheus-stack', from: '88.5.3', to: '89.0.0' },
  stack: 'kube-prometheus-stack',
  command: 'helm -n monitoring rollback kube-prometheus-stack 1',
  definitions: [],
  seconds: 71.2,
}
const opensearch: Attempt = {
  change: { chart: 'opensearch', from: '3.6.0', to: '3.8.0' },
  stack: 'opensearch',
  command: 'helm -n monitoring rollback opensearch 1',
  definitions: [],
  seconds: 41,
}
const finding = (id: string, sentence: string, more: Partial<Finding> = {}): Finding => ({
  id,
  verdict: 'new',
  severity: 'high',
  sentence,
  remedy: `restore ${id}`,
  consequences: [],
  ...more,
})

const downgrade = 'cannot downgrade a node from version [3.8.0] to version [3.6.0]'
// OpenSearch 3.6.0 on the data folder of 3.8.0.
const opensearchLog = readFileSync('tests/recordings/opensearch-downgrade.txt', 'utf8')
// The error quotes only the last lines, and the message is above them.
const lastLines = opensearchLog.trim().split('\n').slice(-10)
const crash = [
  'StatefulSet/opensearch-cluster-master in monitoring is ready: gave up after 24.0 s (20 tries)',
  '  last: Pod monitoring/opensearch-cluster-master-0: container opensearch keeps crashing: exit code 1, 2 restarts',
  '        log of opensearch, previous run:',
  ...lastLines.map((line) => `        | ${line}`),
].join('\n')

describe('why a rollback fails', () => {
  test('an older OpenSearch on the volume of a newer one: quotes its log', () => {
    const { cause, remedy } = rollbackCause(crash, opensearchLog)
    expect(cause).toBe(`OpenSearch 3.6.0 refuses to start on a volume that 3.8.0 has used: "${downgrade}"`)
    expect(remedy).toMatch(/^take a snapshot before the upgrade .* or go forward/)
  })

  test.each([
    {
      what: 'an index that a newer Lucene wrote',
      error: crash,
      log: "java.lang.IllegalArgumentException: Could not load codec 'Lucene104'. Did you forget to add lucene-backward-codecs.jar?",
      cause: /cannot read an index .*"Could not load codec 'Lucene104'"/,
      remedy: /snapshot/,
    },
    {
      what: 'migrated saved objects of OpenSearch Dashboards',
      error: crash,
      log: 'FATAL Error: Document "logs" has property "index-pattern" which belongs to a more recent version of OpenSearch Dashboards [7.11.0].',
      cause: /^the old OpenSearch Dashboards cannot read saved objects/,
      remedy: /^export the saved objects/,
    },
    {
      what: 'a version of a custom resource that is no longer served',
      error:
        'helm rollback x 1\n  exited with code 1 after 0.4 s\n  | Error: unable to build kubernetes objects from current release manifest: resource mapping not found for name: "x" namespace: "" from "": no matches for kind "PodMonitor" in version "monitoring.coreos.com/v1beta1"',
      log: '',
      cause: /needs PodMonitor of monitoring\.coreos\.com\/v1beta1, .* no longer serves/,
      remedy: /helm show crds/,
    },
    {
      what: 'an immutable field, whose cause comes first',
      error:
        'Deployment monitoring/grafana cannot be changed in place at spec.selector\n  remedy: delete it\nhelm rollback x 1\n  | Error: …',
      log: '',
      cause: /^Deployment monitoring\/grafana cannot be changed in place at spec\.selector$/,
      remedy: /^delete it$/,
    },
    {
      what: 'an unknown error of helm',
      error:
        'helm rollback x 1 --namespace monitoring\n  exited with code 1 after 0.4 s\n  | Error: release has no 1 version',
      log: '',
      cause: /^Error: release has no 1 version$/,
      remedy: undefined,
    },
    {
      what: 'pods that do not become ready: what the wait saw last',
      error: crash,
      log: 'no known line',
      cause: /^Pod monitoring\/opensearch-cluster-master-0: container opensearch keeps crashing/,
      remedy: undefined,
    },
  ])('$what', ({ error, log, cause, remedy }) => {
    const found = rollbackCause(error, log)
    expect(found.cause).toMatch(cause)
    if (remedy) expect(found.remedy).toMatch(remedy)
    else expect(found.remedy).toBeUndefined()
  })
})

describe('what is lost', () => {
  const had = { documents: 4312, series: 61_204, patterns: ['logs-*', 'app-*'] }

  test('documents, series and index patterns', () => {
    const losses = lostHoldings(had, { documents: 4300, series: 0, patterns: ['logs-*'] })
    expect(losses).toMatchObject([
      { stacks: ['opensearch'], sentence: '12 of 4312 log documents are gone' },
      { stacks: ['kube-prometheus-stack'], sentence: expect.stringMatching(/^61204 of 61204 .* series/) },
      { stacks: ['opensearch-dashboards'], sentence: 'index pattern app-* is gone' },
    ])
  })

  test('nothing, if there is more than before or if it could not be counted', () => {
    expect(lostHoldings(had, { ...had, documents: 5000 })).toEqual([])
    expect(lostHoldings(had, { documents: 'no answer', series: 'no answer', patterns: 'no answer' })).toEqual(
      [],
    )
  })

  test('what is worse than before the upgrade, except for known regressions', () => {
    const findings = [
      finding('panel/nodes/Load / A', 'panel "Load" has no data\nmore'),
      finding('target/coredns', 'job coredns no longer has targets'),
      finding('image/vector', 'another image', { verdict: 'change' }),
    ]
    expect(lostWorking(findings, new Set(['target/coredns']))).toEqual([
      {
        stacks: ['kube-prometheus-stack'],
        sentence: 'panel "Load" has no data',
        remedy: 'restore panel/nodes/Load / A',
      },
    ])
  })

  test.each([
    ['claim/opensearch-yellow', ['opensearch', 'vector']],
    ['object/Deployment monitoring/opensearch-dashboards/containers', ['opensearch-dashboards']],
    ['index/logs-*', ['opensearch']],
    ['logs/node/worker', ['vector']],
    ['rule/node / instance:load', ['kube-prometheus-stack']],
  ])('%s may come from %j', (id, stacks) => {
    expect(stacksOf(id)).toEqual(stacks)
  })
})

test('CustomResourceDefinitions that still differ from before the upgrade', () => {
  const [name = ''] = Object.keys(base.definitions)
  const newer = { ...base, definitions: { [name]: { versions: ['v1 (stored)'], schema: 'dddd' } } }
  expect(changedDefinitions([name], base, base)).toEqual([])
  expect(changedDefinitions([name], base, newer)).toEqual([name])
})

describe('the verdicts', () => {
  const claim = {
    stacks: ['opensearch', 'vector'],
    sentence: 'a claim no longer holds',
    remedy: 'see the claim',
  }

  test('goes back', () => {
    expect(judgeRollbacks([prometheusStack], [])).toMatchObject([
      {
        from: '89.0.0',
        to: '88.5.3',
        verdict: 'goes back',
        remedy: '`helm -n monitoring rollback kube-prometheus-stack 1`',
      },
    ])
  })

  test('a loss counts for every chart that may have caused it', () => {
    const verdicts = judgeRollbacks([prometheusStack, opensearch], [claim])
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['goes back', 'goes back with loss'])
  })

  test('a loss that no chart alone can have caused counts for all of them', () => {
    expect(judgeRollbacks([prometheusStack], [claim])).toMatchObject([
      { verdict: 'goes back with loss', loss: [claim.sentence], remedy: 'see the claim' },
    ])
  })

  test('a failure is the verdict of its chart only', () => {
    const failure = { cause: 'Deployment grafana cannot be changed in place', remedy: 'delete it' }
    expect(judgeRollbacks([{ ...prometheusStack, failure }, opensearch], [])).toMatchObject([
      { verdict: 'does not go back', why: failure.cause, remedy: 'delete it' },
      { verdict: 'goes back' },
    ])
  })

  test('OpenSearch: no verdict recommends helm rollback', () => {
    const all = [
      ...judgeRollbacks([opensearch], []),
      ...judgeRollbacks([opensearch], [claim]),
      ...judgeRollbacks([{ ...opensearch, failure: { cause: downgrade } }], []),
      ...judgeRollbacks([{ ...opensearch, failure: { cause: 'helm failed', remedy: 'try again' } }], []),
    ]
    expect(all.map(({ verdict }) => verdict)).toEqual([
      'goes back',
      'goes back with loss',
      'does not go back',
      'does not go back',
    ])
    for (const { remedy } of all) {
      expect(remedy).toMatch(/^take a snapshot before the upgrade .* or go forward/)
      expect(remedy).not.toContain('helm rollback')
    }
  })

  test('a chart that was not upgraded', () => {
    expect(judgeRollbacks([{ ...prometheusStack, command: undefined }], [claim])).toMatchObject([
      { verdict: 'not tried', why: 'it was not upgraded', loss: [] },
    ])
  })
})

test('the verdicts on the console', () => {
  const rollbacks = [
    ...judgeRollbacks(
      [{ ...prometheusStack, definitions: ['prometheuses.monitoring.coreos.com'] }],
      lostHoldings(
        { documents: 10, series: 61_204, patterns: [] },
        { documents: 10, series: 0, patterns: [] },
      ),
    ),
    ...judgeRollbacks([{ ...opensearch, failure: rollbackCause(crash, opensearchLog) }], []),
    ...judgeRollbacks(
      [
        {
          ...opensearch,
          change: { chart: 'vector', from: '0.52.0', to: '0.57.0' },
          stack: 'vector',
          command: 'helm -n monitoring rollback vector 1',
        },
      ],
      [],
    ),
    notTried(
      { chart: 'opensearch-dashboards', from: '3.5.0', to: '3.6.0' },
      'it was not upgraded',
      'fix that first',
    ),
  ]
  expect(describeRollbacks({ rollbacks }).join('\n')).toMatchInlineSnapshot(`
    "rollback:
    ! kube-prometheus-stack 89.0.0 → 88.5.3 goes back with loss (71.2 s)
      61204 of 61204 Prometheus series are gone: graphs start at the rollback
      CustomResourceDefinitions stay at the new version, because helm rollback does not touch them: prometheuses.monitoring.coreos.com
      remedy: to keep them, give Prometheus a volume: prometheus.prometheusSpec.storageSpec in values/kube-prometheus-stack.yaml
    ✗ opensearch 3.8.0 → 3.6.0 does not go back (41 s)
      OpenSearch 3.6.0 refuses to start on a volume that 3.8.0 has used: "cannot downgrade a node from version [3.8.0] to version [3.6.0]"
      remedy: take a snapshot before the upgrade and restore it into an empty cluster of the old version, or go forward to a version that fixes the problem
    ✓ vector 0.57.0 → 0.52.0 goes back (41 s): \`helm -n monitoring rollback vector 1\`
    - opensearch-dashboards 3.6.0 → 3.5.0 not tried (0 s)
      it was not upgraded
      remedy: fix that first
    "
  `)
  expect(describeRollbacks({})).toEqual([])
})
