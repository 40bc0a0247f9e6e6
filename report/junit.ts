import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { RunResult } from './result.ts'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) =>
  text
    // XML 1.0 has no way to write these at all.
    .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
    .toWellFormed()
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? '')

const attribute = (text: string) => escaped(text).replaceAll('\n', '&#10;')
const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''

/** `<name key="value">…</name>` */
const element = (
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...content: readonly string[]
): string => {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`)
  if (content.length === 0) return `<${name}${pairs.join('')}/>`
  return `<${name}${pairs.join('')}>${content.join('')}</${name}>`
}

const secondsOf = (outcome: ClaimOutcome) => (outcome.verdict === 'not run' ? 0 : outcome.seconds)
const total = (outcomes: readonly ClaimOutcome[]) =>
  outcomes.reduce((seconds, outcome) => seconds + secondsOf(outcome), 0).toFixed(3)
const count = (outcomes: readonly ClaimOutcome[], verdict: ClaimOutcome['verdict']) =>
  outcomes.filter((outcome) => outcome.verdict === verdict).length

const verdictOf = (outcome: ClaimOutcome): readonly string[] => {
  switch (outcome.verdict) {
    case 'holds':
      return []
    case 'broken':
      return [element('failure', { message: firstLine(outcome.text) }, escaped(outcome.text))]
    case 'not run':
      return [element('skipped', { message: outcome.reason })]
  }
}

const testcase = (outcome: ClaimOutcome): string => {
  const { area, id, items, sentence } = outcome.claim
  const properties = [
    element('property', { name: 'claim', value: id }),
    ...items.map((item) => element('property', { name: 'checklist item', value: item })),
  ]
  return element(
    'testcase',
    { classname: area, name: sentence, time: secondsOf(outcome).toFixed(3) },
    element('properties', {}, ...properties),
    ...verdictOf(outcome),
  )
}

const suite = (area: string, outcomes: readonly ClaimOutcome[]): string =>
  `${element(
    'testsuite',
    {
      name: area,
      tests: outcomes.length,
      failures: count(outcomes, 'broken'),
      errors: 0,
      skipped: count(outcomes, 'not run'),
      time: total(outcomes),
    },
    '\n',
    ...outcomes.map((outcome) => `${testcase(outcome)}\n`),
  )}\n`

/** What no claim is about, as a suite of errors. */
const errorSuite = (errors: readonly string[]): string => {
  if (errors.length === 0) return ''
  const classname = 'outside of any claim'
  const cases = errors.map((error) => {
    const message = firstLine(error)
    const what = element('error', { message }, escaped(error))
    return `${element('testcase', { classname, name: message, time: '0.000' }, what)}\n`
  })
  const counts = { tests: errors.length, failures: 0, errors: errors.length, skipped: 0, time: '0.000' }
  return `${element('testsuite', { name: classname, ...counts }, '\n', ...cases)}\n`
}

/**
 * The result in JUnit's format, as GitLab, Jenkins and others read it: one suite for each area, one case for each claim,
 * with its id and the items of the checklist as properties.
 */
export const junitXml = ({
  outcomes,
  errors,
  interruptedBy,
  finishedAt,
}: Pick<RunResult, 'outcomes' | 'errors' | 'interruptedBy' | 'finishedAt'>): string => {
  const all = interruptedBy === undefined ? errors : [`interrupted by ${interruptedBy}`, ...errors]
  const areas = Object.entries(Object.groupBy(outcomes, ({ claim }) => claim.area))
  const suites = [errorSuite(all), ...areas.map(([area, rows = []]) => suite(area, rows))]
  const counts = {
    tests: outcomes.length + all.length,
    failures: count(outcomes, 'broken'),
    errors: all.length,
    skipped: count(outcomes, 'not run'),
    time: total(outcomes),
    timestamp: finishedAt,
  }
  const root = element('testsuites', { name: 'observability stack', ...counts }, '\n', ...suites)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`
}
