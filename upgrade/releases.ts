import { existsSync } from 'node:fs'
import { stacks, type Releases } from '../config/stacks.ts'
import type { Named } from './observation.ts'
import type { Move } from './result.ts'
import type { Moves } from './arguments.ts'

/** What is installed before and after. */
export type Sides = Readonly<{ moves: readonly Move[]; from: Releases; to: Releases }>

/** The new side's own values file where there is one: what the new chart renamed would be lost on the old one. */
const nextValues = (stack: string, values: string): string => {
  const next = `values/${stack}.next.yaml`
  return existsSync(next) ? next : values
}

export const sidesOf = ({ from, to }: Moves): Sides => {
  const moving = stacks.flatMap(({ name, chart, values }) =>
    chart && values !== undefined && chart.name in to ? [{ name, values }] : [],
  )
  const releases = (versions: Named<string>, valuesOf: (name: string, values: string) => string): Releases =>
    Object.fromEntries(
      moving.map(({ name, values }) => [
        name,
        { version: versions[name] ?? '', values: valuesOf(name, values) },
      ]),
    )
  return {
    moves: moving.map(({ name }) => ({ chart: name, from: from[name] ?? '', to: to[name] ?? '' })),
    from: releases(from, (_, values) => values),
    to: releases(to, nextValues),
  }
}
