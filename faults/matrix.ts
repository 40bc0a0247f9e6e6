import { codeBlock, escapeMarkdown, markdownTable } from '../lib/markdown.ts'
import { ownArea, type Claim, type ClaimOutcome } from '../specs/support/claim.ts'
import { checklist } from '../specs/support/checklist.ts'
import type { Fault } from './table.ts'

/** The outcome of a fault. */
export type FaultOutcome = Readonly<{
  fault: Pick<Fault, 'name' | 'sentence'>
  /** Ids of the claims that were red when they were last tried before the fault was undone. */
  seen: readonly string[]
  /** What the first of them said then; empty where none was. */
  said: string
  /** Seconds from the injection until what had to be red was, and from the undoing until all was green. */
  red: number
  green: number
  /** Why it is no success; undefined where it is one. */
  shortfall: string | undefined
}>

/** Any fault may raise an alert of the chart, depending on its rules: red for a fault that does not list it is right. */
export const alertClaims: readonly string[] = ['metrics-alerts']

/** The table of faults cannot list the own claims of an overlay. */
const mayBeRed = ({ id, area }: Claim): boolean => alertClaims.includes(id) || area === ownArea

/** The first broken claim that the fault should turn red, or of all where none of those is. */
export const firstBroken = (
  red: Fault['red'],
  outcomes: readonly ClaimOutcome[],
): Extract<ClaimOutcome, { verdict: 'broken' }> | undefined => {
  const broken = outcomes.filter((outcome) => outcome.verdict === 'broken')
  const inOrder = red.map((id) => broken.find(({ claim }) => claim.id === id))
  return inOrder.find((outcome) => outcome !== undefined) ?? broken[0]
}

const excerpt = (text: string) => text.split('\n').slice(0, 12).join('\n')

/** How what is red differs from what the fault should turn red; undefined where it does not, and the cause is named. */
export const faultShortfall = (
  { red, cause }: Pick<Fault, 'red' | 'cause'>,
  outcomes: readonly ClaimOutcome[],
): string | undefined => {
  const broken = outcomes.filter((outcome) => outcome.verdict === 'broken')
  const seen = broken.map(({ claim }) => claim.id)
  const green = red.filter((id) => !seen.includes(id))
  const others = broken.filter(({ claim }) => !red.includes(claim.id) && !mayBeRed(claim))
  const first = firstBroken(red, outcomes)
  const lines = [
    ...(green.length > 0 ? [`should be red and is not: ${green.join(', ')}`] : []),
    ...others.map(({ claim, text }) => `should be green and is not: ${claim.id}: ${excerpt(text)}`),
    ...(first && !cause.test(first.text)
      ? [`${first.claim.id} does not name the cause, ${String(cause)}: ${excerpt(first.text)}`]
      : []),
  ]
  return lines.length > 0 ? lines.join('\n') : undefined
}

/** Ids of the claims that no fault turned red, except for own claims: what they check may not be among the faults. */
export const uncoveredClaims = (outcomes: readonly Pick<FaultOutcome, 'seen'>[]): readonly string[] =>
  checklist
    .filter(({ area }) => area !== ownArea)
    .map(({ id }) => id)
    .filter((id) => !outcomes.some(({ seen }) => seen.includes(id)))

/** `✓ app-one-replica: the app has one replica: 4 red after 12.1 s, green 9.8 s after its end` */
export const describeOutcome = ({ fault, seen, red, green, shortfall }: FaultOutcome): string => {
  const times = `${seen.length} red after ${red.toFixed(1)} s, green ${green.toFixed(1)} s after its end`
  const line = `${shortfall === undefined ? '✓' : '✗'} ${fault.name}: ${fault.sentence}: ${times}`
  return [line, ...(shortfall?.split('\n').map((text) => `    ${text}`) ?? [])].join('\n')
}

/** A row for each claim, a column for each fault, a mark where the one turned the other red. */
export const describeMatrix = (outcomes: readonly Pick<FaultOutcome, 'fault' | 'seen'>[]): string => {
  const width = Math.max(...checklist.map(({ id }) => id.length))
  const row = (label: string, cells: readonly string[]) =>
    `${label.padEnd(width)} ${cells.join('')}`.trimEnd()
  const digit = (place: number) => (_: unknown, index: number) => {
    const digits = String(index + 1).padStart(2)
    return digits[place] ?? ''
  }
  return [
    ...outcomes.map(({ fault: { name } }, index) => `${String(index + 1).padStart(2)} ${name}`),
    '',
    row('', outcomes.map(digit(0))),
    row('', outcomes.map(digit(1))),
    ...checklist.map(({ id }) =>
      row(
        id,
        outcomes.map(({ seen }) => (seen.includes(id) ? '●' : '·')),
      ),
    ),
  ].join('\n')
}

/** All of it as a page: the verdict, what went wrong, each fault with what it turned red, the matrix. */
export const matrixMarkdown = (outcomes: readonly FaultOutcome[], problems: readonly string[]): string =>
  [
    `# ${problems.length === 0 ? '✓' : '✗'} Faults: ${outcomes.length} injected, ${problems.length} problems`,
    '',
    ...problems.flatMap((problem) => codeBlock(problem)),
    markdownTable(
      ['', 'fault', 'what is broken', 'red', 'red after', 'green after its end'],
      outcomes.map(({ fault, seen, red, green, shortfall }) => [
        shortfall === undefined ? '✓' : '✗',
        fault.name,
        escapeMarkdown(fault.sentence),
        seen.join(', '),
        `${red.toFixed(1)} s`,
        `${green.toFixed(1)} s`,
      ]),
    ),
    '',
    ...codeBlock(describeMatrix(outcomes)),
    '## What the first red claim of each said',
    '',
    ...outcomes.flatMap(({ fault: { name }, seen, said }) => [
      `### ${name}: ${seen[0] ?? 'nothing was red'}`,
      '',
      ...codeBlock(said),
    ]),
  ].join('\n')
