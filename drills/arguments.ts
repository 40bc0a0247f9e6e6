import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { messageOf } from '../lib/messages.ts'
import { UsageError } from '../upgrade/arguments.ts'
import type { Drill } from './drill.ts'
import { drills } from './table.ts'

export type DrillsArguments = Readonly<{ chosen: readonly Drill[]; rate: number; seed: number }>

const usage = `usage: npm run drills [-- NAME...] [--rate LINES] [--seed NUMBER]
  LINES: per second and node, 1 to 1000, 50 by default
  NUMBER: decides which node is hit, where any will do
  drills: ${drills.map(({ name }) => name).join(', ')}`

const options = { rate: { type: 'string' }, seed: { type: 'string' } } as const

const wholeNumber = (text: string, least: number, most: number): number | undefined => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  return value >= least && value <= most ? value : undefined
}

const parse = (words: readonly string[]) => {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n${usage}`)
  }
}

/** @throws UsageError */
export const readArguments = (words: readonly string[]): DrillsArguments => {
  const { positionals, values } = parse(words)
  const unknown = positionals.filter((name) => !drills.some((drill) => drill.name === name))
  const rate = wholeNumber(values.rate ?? '50', 1, 1000)
  const seed = wholeNumber(values.seed ?? String(randomInt(1000)), 0, 999_999_999)
  const problems = [
    ...unknown.map((name) => `there is no drill ${name}`),
    ...(rate === undefined ? [`--rate ${values.rate}: must be a whole number from 1 to 1000`] : []),
    ...(seed === undefined ? [`--seed ${values.seed}: must be a whole number`] : []),
  ]
  if (problems.length > 0 || rate === undefined || seed === undefined)
    throw new UsageError(`${problems.join('\n')}\n${usage}`)
  const chosen = drills.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  return { chosen, rate, seed }
}
