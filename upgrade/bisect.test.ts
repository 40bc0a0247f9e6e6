import { describe, expect, test } from 'vitest'
import { answerOf, bisect, judgeVersion } from './bisect.ts'
import { bisectAnswer, describeBisect } from './bisectReport.ts'
import type { Finding } from './findings.ts'
import type { Trial } from './result.ts'

const versionsOf = (count: number) => Array.from({ length: count + 1 }, (_, index) => `1.${index}.0`)

const trial = (version: string, verdict: Trial['verdict']): Trial => ({
  version,
  verdict,
  shared: verdict === 'breaks' ? ['target/coredns'] : [],
  others: [],
  ...(verdict === 'cannot be tested' && { why: 'the chart rejects its values' }),
  seconds: 300,
})

/** Searches versions of which `broken` and all later ones break. */
const search = (count: number, broken: number, untestable: readonly number[] = []) => {
  const versions = versionsOf(count)
  const last = trial(versions.at(-1) ?? '', 'breaks')
  return bisect({ chart: 'vector', versions, trials: [last] }, async (version) => {
    const index = versions.indexOf(version)
    return trial(
      version,
      untestable.includes(index) ? 'cannot be tested' : index < broken ? 'works' : 'breaks',
    )
  })
}

describe('the first version that breaks', () => {
  test.each([1, 2, 3, 8, 9, 31])('of %i versions, wherever it is, in log2 runs', async (count) => {
    for (const broken of versionsOf(count).keys()) {
      if (broken === 0) continue
      const found = await search(count, broken)
      expect(answerOf(found)).toMatchObject({
        first: { version: `1.${broken}.0` },
        works: `1.${broken - 1}.0`,
        skipped: [],
      })
      expect(found.trials.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)) + 1)
      expect(new Set(found.trials.map(({ version }) => version)).size).toBe(found.trials.length)
    }
  })

  test('a version that cannot be tested is skipped for its neighbour', async () => {
    const found = await search(8, 6, [4])
    expect(found.trials.map(({ version }) => version)).toEqual(['1.8.0', '1.4.0', '1.3.0', '1.5.0', '1.6.0'])
    expect(answerOf(found)).toMatchObject({ first: { version: '1.6.0' }, works: '1.5.0', skipped: [] })
  })

  test('versions just before it that cannot be tested: all of them are candidates', async () => {
    const found = await search(8, 4, [2, 3])
    expect(answerOf(found)).toMatchObject({ first: { version: '1.4.0' }, works: '1.1.0' })
    expect(bisectAnswer(found)[1]).toBe(
      '1.2.0, 1.3.0 in between cannot be tested, so the first one may be any of 1.2.0, 1.3.0, 1.4.0',
    )
  })

  test('no version in between can be tested', async () => {
    const found = await search(4, 4, [1, 2, 3])
    expect(found.trials).toHaveLength(4)
    expect(answerOf(found)).toMatchObject({ works: '1.0.0', skipped: ['1.1.0', '1.2.0', '1.3.0'] })
  })
})

test('the last version breaks nothing: no other version is tried', async () => {
  const versions = versionsOf(8)
  const searched = { chart: 'vector', versions, trials: [trial('1.8.0', 'works')] }
  const found = await bisect(searched, () => Promise.reject(new Error('tried another version')))
  expect(found).toBe(searched)
  expect(bisectAnswer(found)).toEqual(['vector 1.8.0 breaks nothing; there is nothing to bisect'])
})

const finding = (id: string, sentence = `${id} is worse`): Finding => ({
  id,
  verdict: 'new',
  severity: 'high',
  sentence,
  remedy: '',
  consequences: [],
})
const upgradeError = (to: string, cause: string) =>
  finding('helm/vector', `vector could not be upgraded from 1.0.0 to ${to}: ${cause}\nhelm upgrade …`)

describe('whether a version breaks what the last one breaks', () => {
  const judge = (last: readonly Finding[], findings: readonly Finding[], invalid?: string) =>
    judgeVersion(
      { version: '2.0.0', result: { findings: last } },
      '1.5.0',
      { findings, ...(invalid === undefined ? {} : { invalid }) },
      60,
    )

  test('one shared regression is enough; others are named', () => {
    const found = judge([finding('target/a'), finding('target/b')], [finding('target/b'), finding('image/c')])
    expect(found).toMatchObject({ verdict: 'breaks', shared: ['target/b'], others: ['image/c'] })
  })

  test('neither other regressions nor accepted ones count', () => {
    const accepted: Finding = { ...finding('target/a'), verdict: 'expected' }
    expect(judge([finding('target/a')], [finding('image/c'), accepted])).toMatchObject({
      verdict: 'works',
      shared: [],
      others: ['image/c'],
    })
  })

  test('an upgrade that fails for another reason cannot be tested', () => {
    const refused = upgradeError('1.5.0', 'the chart rejects its values')
    expect(judge([finding('target/a')], [refused, finding('target/a')])).toMatchObject({
      verdict: 'cannot be tested',
      why: 'vector could not be upgraded from 1.0.0 to 1.5.0: the chart rejects its values',
    })
    expect(judge([upgradeError('2.0.0', 'spec.selector is immutable')], [refused]).verdict).toBe(
      'cannot be tested',
    )
  })

  test('an upgrade that fails for the same reason breaks', () => {
    const cause = 'Deployment monitoring/vector cannot be changed in place at spec.selector'
    expect(judge([upgradeError('2.0.0', cause)], [upgradeError('1.5.0', cause)])).toMatchObject({
      verdict: 'breaks',
      shared: ['helm/vector'],
    })
  })

  test('a wait that ends after another number of tries is the same reason', () => {
    const waited = (tries: string) => `DaemonSet/vector in monitoring is ready: not so after ${tries}`
    const last = upgradeError('2.0.0', waited('600.3 s (598 tries)'))
    expect(judge([last], [upgradeError('1.5.0', waited('600.1 s (601 tries)'))]).verdict).toBe('breaks')
  })

  test('a check without a result', () => {
    expect(judge([finding('target/a')], [], 'with vector 1.0.0, 1 claim does not hold\nremedy: …')).toEqual(
      expect.objectContaining({
        verdict: 'cannot be tested',
        why: 'with vector 1.0.0, 1 claim does not hold',
      }),
    )
  })
})

test('the answer, what every run found, and how long it took', () => {
  const shared = ['target/coredns', 'panel/dns/Requests']
  const trials: readonly Trial[] = [
    { version: '1.8.0', verdict: 'breaks', shared, others: [], seconds: 310.4 },
    { ...trial('1.4.0', 'cannot be tested'), seconds: 120 },
    { ...trial('1.3.0', 'works'), others: ['image/vector'], seconds: 290 },
    { ...trial('1.6.0', 'breaks'), seconds: 300 },
    { ...trial('1.5.0', 'works'), seconds: 300 },
  ]
  const bisection = { chart: 'vector', versions: versionsOf(8), trials }
  expect(describeBisect({ bisection }).join('\n')).toMatchInlineSnapshot(`
    "vector 1.6.0 is the first of 8 versions after 1.0.0 that breaks target/coredns; 1.5.0 does not
    1.6.0 does not break panel/dns/Requests yet, but a later version does: bisect again from 1.6.0
      ✗ vector 1.8.0 breaks (310.4 s): target/coredns, panel/dns/Requests
      ? vector 1.4.0 cannot be tested (120 s): the chart rejects its values
      ✓ vector 1.3.0 works (290 s): it also breaks image/vector, which the last version does not
      ✗ vector 1.6.0 breaks (300 s): target/coredns
      ✓ vector 1.5.0 works (300 s)
      5 runs, 1320.4 s, each on a new cluster
    "
  `)
})
