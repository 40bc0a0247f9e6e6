import { join, resolve } from 'node:path'
import { archiveName } from '../setup/charts.ts'
import { pinnedNodeImage } from '../setup/cluster.ts'
import { describeConfig, loadConfigOrExit, type Config } from '../config/config.ts'
import { describeContents, verifyBundle } from '../setup/bundle/open.ts'
import { describeProblems, errorsFirst, isError, type Problem } from '../setup/preflight/problems.ts'
import { collectFacts } from '../setup/preflight/machine.ts'
import { countOf, describeBytes, messageOf } from '../lib/messages.ts'
import { imageBytes } from '../setup/imageStore.ts'
import { findStores, volumeBytes } from '../setup/nodeStores.ts'
import { registries } from '../setup/mirror.ts'
import { findProblems } from '../setup/preflight/preflight.ts'
import { stackOf, type Stack } from '../config/stacks.ts'
import { findTools } from '../setup/tools.ts'

const section = (title: string, text: string) => console.log(`${title}\n${text}\n`)
const indent = (text: string) => text.replaceAll(/^/gm, '  ')

const rows = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([name, value]) => `  ${`${name}:`.padEnd(24)}${value}`).join('\n')

const sourceOf = ({ chart, manifests }: Stack, chartFolder: string | undefined): string => {
  if (!chart) return manifests.join(', ')
  if (chartFolder) return resolve(join(chartFolder, archiveName(chart)))
  return `${chart.name} ${chart.version} from ${chart.repository}`
}

/** The settings of a run, with what the bundle sets, if there is one, and the problems of the bundle. */
const readBundle = async (
  given: Config,
): Promise<Readonly<{ config: Config; origins: string | undefined; problems: readonly Problem[] }>> => {
  if (given.bundle === undefined) return { config: given, origins: undefined, problems: [] }
  const { problems, contents } = await verifyBundle(given, given.bundle, [given.releases])
  const config = contents === undefined ? given : { ...given, nodeImage: contents.nodeImage.reference }
  return { config, origins: `in the bundle ${contents && describeContents(contents)}`, problems }
}

const given = loadConfigOrExit(process.env)
section('settings', describeConfig(given))

const { config, origins, problems: bundleProblems } = await readBundle(given)
const [tools, facts] = await Promise.allSettled([
  origins === undefined ? findTools(config.limits) : { origins },
  collectFacts(config),
])
section('tools', indent(tools.status === 'fulfilled' ? tools.value.origins : messageOf(tools.reason)))

if (facts.status === 'rejected') throw facts.reason
const problems = errorsFirst([...bundleProblems, ...findProblems(facts.value, config)])
section('preflight', indent(describeProblems(problems)))

section(
  'a run would use',
  rows([
    ['node image', config.nodeImage ?? (await pinnedNodeImage())],
    ...config.stacks.map((name): [string, string] => [name, sourceOf(stackOf(name), config.chartFolder)]),
    ...registries.map((name): [string, string] => [
      name,
      config.bundle
        ? 'from the bundle'
        : config.registryMirror
          ? `through ${config.registryMirror}`
          : 'directly',
    ]),
  ]),
)
const { command } = config.limits
const volumes = (await findStores(command).catch(() => [])).map(({ volume }) => volume)
section(
  'kept between runs (npm run clean -- --images deletes them)',
  rows([
    [
      'node stores',
      volumes.length === 0
        ? 'none'
        : `${describeBytes(await volumeBytes(volumes, command))} in ${countOf(volumes.length, 'Docker volume')}`,
    ],
    ['image cache', describeBytes(await imageBytes())],
  ]),
)
process.exitCode = tools.status === 'rejected' || problems.some(isError) ? 2 : 0
