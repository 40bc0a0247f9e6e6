import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pack, unpack } from '../lib/zstd.ts'
import { redactObject } from '../report/redact.ts'
import { compare } from './compare.ts'
import type { Observation } from './observation.ts'

export const pairsFolder = 'tests/recordings/upgrade'

/** Observations from before and after an upgrade, and what their comparison must find. */
export type Pair = Readonly<{ before: Observation; after: Observation; findings: readonly string[] }>

/** `new high alert/Watchdog: alert Watchdog is gone`, a line for each finding, the worst first. */
export const describeComparison = (before: Observation, after: Observation): readonly string[] =>
  compare(before, after).map(
    ({ verdict, severity, id, sentence }) => `${verdict} ${severity} ${id}: ${sentence}`,
  )

/** `vector-0.56.0-to-vector-0.57.0`; a chart that keeps its version is left out, unless all do. */
const nameOf = ({ releases: old }: Observation, { releases }: Observation): string => {
  const moves = Object.entries(releases).map(([name, { chart }]) => [old[name]?.chart ?? 'none', chart])
  const moved = moves.filter(([from, to]) => from !== to)
  return (moved.length > 0 ? moved.map((move) => move.join('-to-')) : ['same-versions']).join('+')
}

/** @returns the path of its file */
export const writePair = async (before: Observation, after: Observation): Promise<string> => {
  const file = join(pairsFolder, `${nameOf(before, after)}.json.zst`)
  await mkdir(pairsFolder, { recursive: true })
  // Blanked before the comparison, so that comparing the file again finds the same.
  const pair = redactObject({ before, after }) as Pair
  const findings = describeComparison(pair.before, pair.after)
  await writeFile(file, await pack(JSON.stringify({ ...pair, findings } satisfies Pair)))
  return file
}

export const readPair = async (file: string): Promise<Pair> =>
  JSON.parse((await unpack(await readFile(join(pairsFolder, file)))).toString()) as Pair
