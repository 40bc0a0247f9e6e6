import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { valid } from 'semver'
import { loadConfigOrExit } from '../config/config.ts'
import { stackOf, stacks, type Stack } from '../config/stacks.ts'
import { exitWith } from '../lib/exit.ts'
import { cleanUpOnSignal, unlessInterrupted } from '../lib/interrupt.ts'
import { describeBytes, messageOf } from '../lib/messages.ts'
import { startStepTimings } from '../lib/steps.ts'
import { showProgress } from '../report/live.ts'
import { describeContents } from '../setup/bundle/open.ts'
import { writeBundle } from '../setup/bundle/write.ts'
import { onTransfer, thisMachine } from '../setup/imageCache.ts'
import { imageFolder } from '../setup/imageStore.ts'
import { findToolsOrExit } from '../setup/tools.ts'
import { charts } from '../upgrade/arguments.ts'
import { releasesOf } from '../upgrade/releases.ts'

const print = (line: string) => console.log(line)
const usage = `usage: npm run bundle -- FOLDER [<chart>@<version>...]
  example: npm run bundle -- ../e2e-bundle kube-prometheus-stack@89.0.0
  charts:  ${charts.map(({ name }) => name).join(', ')}`

const readArguments = () => {
  try {
    const [folder, ...words] = parseArgs({ allowPositionals: true }).positionals
    if (folder === undefined) throw new Error('name the folder for the bundle')
    const versions = words.map((word) => {
      const [chart = '', version = ''] = word.split('@')
      return { word, chart, version }
    })
    const wrong = versions.filter(
      ({ chart, version }) => !charts.some(({ name }) => name === chart) || valid(version) !== version,
    )
    if (wrong.length > 0)
      throw new Error(
        wrong
          .map(({ word }) => `${word}: must be <chart>@<version> with a full version such as 1.2.3`)
          .join('\n'),
      )
    return { folder: resolve(folder), versions }
  } catch (error) {
    return exitWith(`${messageOf(error)}\n${usage}\nnothing was written`)
  }
}

/** The stack of a chart version with each values file that an upgrade may install it with. */
const alternativesOf = ({
  chart,
  version,
}: Readonly<{ chart: string; version: string }>): readonly Stack[] => {
  const { from, to } = releasesOf([{ chart, from: version, to: version }], config.overlay)
  const rows = stacks.filter((stack) => stack.chart?.name === chart)
  return config.stacks
    .filter((name) => rows.some((row) => row.name === name))
    .flatMap((name) => [stackOf(name, from), stackOf(name, to)])
}

const { folder, versions } = readArguments()
const config = loadConfigOrExit(process.env)
if (config.bundle !== undefined)
  exitWith(
    'a bundle is made from the network, a mirror or a chart folder: unset E2E_BUNDLE\nnothing was written',
  )
if (process.platform !== 'linux')
  exitWith(
    `a bundle cannot be used on ${process.platform}: make it on Linux, where it is used\nnothing was written`,
  )

cleanUpOnSignal(async (signal) => {
  print(`${signal}: the bundle in ${folder} is incomplete; the same command continues it`)
})
showProgress(print)
const timings = startStepTimings(print)
const fetched: number[] = []
onTransfer(({ from, bytes }) => {
  if (from !== thisMachine) fetched.push(bytes)
})

try {
  const tools = await unlessInterrupted(timings.step('tools', () => findToolsOrExit(config, print)))
  const contents = await unlessInterrupted(
    writeBundle({
      config,
      tools,
      folder,
      imageCache: imageFolder,
      stacks: config.stacks.map((name) => stackOf(name, config.releases)),
      alternatives: versions.map(alternativesOf),
      timings,
    }),
  )
  const files = Object.values(contents.files)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const outside = sum(fetched)
  print(`\nbundle ${describeContents(contents)}`)
  print(
    `${describeBytes(sum(files.map(({ bytes }) => bytes)))} in ${files.length} files; ` +
      `images from outside: ${outside === 0 ? '0 bytes' : describeBytes(outside)}`,
  )
  print(`use it: E2E_BUNDLE=${folder} npm test`)
  process.exit(0)
} catch (error) {
  exitWith(messageOf(error))
}
