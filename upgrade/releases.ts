import { existsSync } from 'node:fs'
import { stacks, type Releases, type Stack } from '../config/stacks.ts'
import type { VersionChange } from './result.ts'

/** Which charts change, and the releases of their stacks before and after. */
export type UpgradeReleases = Readonly<{ upgrades: readonly VersionChange[]; from: Releases; to: Releases }>

/** The values file for the new chart if there is one: the old chart would ignore values that the new one renamed. */
const nextValues = (stack: string, values: string): string => {
  const next = `values/${stack}.next.yaml`
  return existsSync(next) ? next : values
}

/** Upgrades are of charts; releases are by stack. */
export const releasesOf = (
  upgrades: readonly VersionChange[],
  rows: readonly Stack[] = stacks,
): UpgradeReleases => {
  const changes = rows.flatMap(({ name, chart, values }) => {
    const change = upgrades.find((upgrade) => upgrade.chart === chart?.name)
    return change && values !== undefined ? [{ ...change, stack: name, values }] : []
  })
  return {
    upgrades,
    from: Object.fromEntries(changes.map(({ stack, values, from }) => [stack, { version: from, values }])),
    to: Object.fromEntries(
      changes.map(({ stack, values, to }) => [stack, { version: to, values: nextValues(stack, values) }]),
    ),
  }
}
