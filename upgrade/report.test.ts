import { expect, test } from 'vitest'
import { answered, failed, invalid, passed } from './exampleResults.ts'
import { ownArea } from '../specs/support/claim.ts'
import { acceptExpected } from './expected.ts'
import { describeUpgrade, upgradeMarkdown } from './report.ts'
import type { UpgradeResult } from './result.ts'

test('something breaks: the answer in three lines, then each regression', () => {
  expect(describeUpgrade(failed)).toMatchInlineSnapshot(`
    "✗ kube-prometheus-stack 88.5.3 → 89.0.0 breaks 3 things, 1 now means something else, 3 were not checked
    4 new, 1 expected, 1 fixed, 1 pre-existing, 1 change; claims: 2 of 2 held before, 1 of 2 hold now
    longest outage: Alertmanager 64 s of 60 s allowed; 0 log lines lost, 3 doubled; 0 of 4312 older documents gone; longest scrape gap: prometheus-grafana 44.9 s

    ✗ target/coredns (high)
      job coredns no longer has targets, 2 were up
        panel "Requests 1" of "CoreDNS" has no data
        panel "Requests 2" of "CoreDNS" has no data
        panel "Requests 3" of "CoreDNS" has no data
        panel "Requests 4" of "CoreDNS" has no data
        panel "Requests 5" of "CoreDNS" has no data
        and 2 more
      remedy: see what the Service selects, \`kubectl -n kube-system get service coredns -o yaml\`

    ✗ object/Service monitoring/grafana (medium)
      Service monitoring/grafana is gone
      remedy: restore object/Service monitoring/grafana

    ✗ outage/Alertmanager (low)
      Alertmanager gave no answer for 64 s
      remedy: restore outage/Alertmanager

    ≠ severity/KubePodCrashLooping (high, means something else)
      KubePodCrashLooping is info, was warning
      remedy: restore the label, or route alerts of severity info

    - metric/kube_endpoint_ports (expected)
      metric kube_endpoint_ports is gone
      reason: nobody here reads it (until 2027-01-31)

    ✓ rule/apps / replicas (fixed)
      rule apps / replicas has a result now

    ! upgrade/expected.yaml: metric/node_arp_entries has no effect: there is no such regression
    What was not checked: 3 things
      - no observation covers this field: Deployment monitoring/grafana: spec.template.spec.hostUsers; ConfigMap monitoring/grafana: data.grafana.ini
      - HTTP 503: Prometheus series from before the upgrade

    ✓ helm upgrade of kube-prometheus-stack 88.5.3 → 89.0.0 (71.8 s)
    report:    out/upgrade.html, out/upgrade.md, out/upgrade.json"
  `)
})

test('nothing breaks', () => {
  const text = describeUpgrade(passed)
  expect(text).toMatch(
    /^✓ .*, vector 0\.52\.0 → 0\.57\.0 break nothing, 0 now mean something else, 0 were not checked$/m,
  )
  expect(text).toContain('0 new, 0 expected, 0 fixed, 0 pre-existing, 1 change')
  expect(text).not.toContain('✗')
})

test('everything answers, but something means something else: red, unless it is accepted', () => {
  const findings = failed.findings.filter(({ changesMeaning }) => changesMeaning)
  const red = describeUpgrade({ ...passed, findings })
  expect(red).toMatch(/^✗ .* break nothing, 1 now means something else, 0 were not checked\n1 new, /)
  expect(red).toContain('≠ severity/KubePodCrashLooping (high, means something else)')

  const entry = { id: 'severity/KubePodCrashLooping', reason: 'agreed', until: '2027-01-31' }
  const accepted = describeUpgrade({ ...passed, ...acceptExpected(findings, [entry], '2026-11-28') })
  expect(accepted).toMatch(
    /^✓ .* break nothing, 0 now mean something else, 0 were not checked\n0 new, 1 expected/,
  )
  expect(accepted).toContain('- severity/KubePodCrashLooping (expected, means something else)')
})

test.each([describeUpgrade, upgradeMarkdown])(
  'the old version does not pass: why, and the claims that do not hold',
  (describe) => {
    const text = describe(invalid)
    expect(text).toContain('? opensearch 3.5.0 → 3.6.0: nothing can be concluded: with opensearch 3.5.0')
    expect(text).toContain('remedy: choose a start that passes')
    expect(text).toContain('✗ opensearch-yellow')
    expect(text).toContain('last: the status is red, not yellow')
  },
)

test('a helm upgrade that fails, series that cannot be counted, and claims on an empty cluster', () => {
  const error = 'StatefulSet prometheus: spec.volumeClaimTemplates cannot be changed\n  remedy: delete it'
  const result: UpgradeResult = {
    ...failed,
    claims: { ...failed.claims, fresh: failed.claims.before },
    ...(failed.traffic && {
      traffic: {
        ...failed.traffic,
        gaps: 'connect ECONNREFUSED',
        documents: { before: 4312, after: 4300 },
        helm: failed.traffic.helm.map((run) => ({ ...run, error })),
      },
    }),
  }
  const text = describeUpgrade(result)
  expect(text).toMatch(/^✗ helm upgrade of .*: StatefulSet prometheus: .* cannot be changed$/m)
  expect(text).toContain('12 of 4312 older documents gone')
  expect(text).toMatch(/(\d+) of \1 on an empty cluster/)
  expect(text).not.toContain('longest scrape gap')
})

test('Markdown: every part, the regressions first', () => {
  const text = upgradeMarkdown(failed)
  const titles = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)
  expect(titles.slice(0, 7)).toEqual([
    'What breaks',
    'What now means something else',
    'What was not checked',
    'Expected',
    'Entries of upgrade/expected.yaml without effect',
    'Fixed',
    'Pre-existing',
  ])
  expect(titles).toHaveLength(15)
  expect(text).toMatch(/helm show crds kube-prometheus-stack --repo \S+ --version 89\.0\.0 \| kubectl apply/)
  expect(text).toContain('<details><summary>')
})

test('Markdown: text in a table cell is escaped', () => {
  const findings = failed.findings.slice(0, 1).map((finding) => ({
    ...finding,
    sentence: 'a | b\n<none> of *logs-*',
    consequences: [],
  }))
  expect(upgradeMarkdown({ ...passed, findings })).toContain('| a \\| b<br>\\<none> of \\*logs-\\* |')
})

test.each([describeUpgrade, upgradeMarkdown])(
  'the verdict of each rollback, and the first version that breaks',
  (describe) => {
    const text = describe(answered)
    expect(text).toMatch(/kube-prometheus-stack 88\.7\.0 is the first of 3 versions .*; 88\.6\.0 does not/)
    expect(text).toMatch(/kube-prometheus-stack 89\.0\.0 → 88\.5\.3.* goes back with loss/)
    expect(text).toContain('OpenSearch 3.6.0 refuses to start on a volume')
    expect(describe(failed)).not.toMatch(/way back|rollback|bisect/i)
  },
)

test('own claims: what they saw before and see now', () => {
  const claim = { id: 'shop-up', area: ownArea, sentence: 'the shop is up', items: [], needs: [] }
  const text = 'the shop is up: not so after 60.0 s (58 tries)\n  last: expected at least 2; seen: 1'
  const result: UpgradeResult = {
    ...passed,
    claims: {
      before: [{ claim, verdict: 'holds', seconds: 1, figures: 'value 2' }],
      after: [{ claim, verdict: 'broken', seconds: 60, text }],
    },
  }
  expect(upgradeMarkdown(result)).toMatch(
    /## Own claims\n[^]*\| shop-up<br>the shop is up \| value 2 \| expected at least 2; seen: 1 \|/,
  )
  expect(upgradeMarkdown(passed)).not.toContain('Own claims')
})
