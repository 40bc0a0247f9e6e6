import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import type { Overlay } from '../config/overlay.ts'
import { stacks, type Releases, type Stack } from '../config/stacks.ts'
import type { VersionChange } from './result.ts'

/** Which charts change, and the releases of their stacks before and after. */
export type UpgradeReleases = Readonly<{ upgrades: readonly VersionChange[]; from: Releases; to: Releases }>

/** The values file for the new chart if there is one: the old chart would ignore values that the new one renamed. */
const nextValues = (stack: string, values: string): string => {
  const next = `values/${stack}.next.yaml`
  return existsSync(next) ? next : values
}

const fileOf = (files: Overlay['values'], stack: string): readonly string[] =>
  Object.entries(files)
    .filter(([name]) => name === stack)
    .map(([, file]) => file)

/** Upgrades are of charts; releases are by stack. The values of the overlay are laid over ours. */
export const releasesOf = (
  upgrades: readonly VersionChange[],
  {
    values: laidOver = {},
    nextValues: laidOverNext = {},
  }: Partial<Pick<Overlay, 'values' | 'nextValues'>> = {},
  rows: readonly Stack[] = stacks,
): UpgradeReleases => {
  const changes = rows.flatMap(({ name, chart, values }) => {
    const change = upgrades.find((upgrade) => upgrade.chart === chart?.name)
    return change && values !== undefined ? [{ ...change, stack: name, values }] : []
  })
  return {
    upgrades,
    from: Object.fromEntries(
      changes.map(({ stack, values, from }) => [
        stack,
        { version: from, values: [...values, ...fileOf(laidOver, stack)] },
      ]),
    ),
    to: Object.fromEntries(
      changes.map(({ stack, values, to }) => {
        const ours = values.map((file) => nextValues(stack, file))
        return [stack, { version: to, values: [...ours, ...fileOf({ ...laidOver, ...laidOverNext }, stack)] }]
      }),
    ),
  }
}

/** The settings with other releases of some stacks. */
export const withReleases = (config: Config, releases: Releases): Config => ({
  ...config,
  releases: { ...config.releases, ...releases },
})
