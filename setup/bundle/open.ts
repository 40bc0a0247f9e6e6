import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { stackOf, stacks, type Releases, type Stack } from '../../config/stacks.ts'
import { fullName } from '../../lib/imageReference.ts'
import { countOf, messageOf } from '../../lib/messages.ts'
import { interruption, run } from '../../lib/run.ts'
import { pinnedNodeImage } from '../cluster.ts'
import { imagesOf } from '../images.ts'
import { describeProblems, errorsFirst, isError, type Problem } from '../preflight/problems.ts'
import { belongsTo, bundledTools, platformOf, tools } from '../tools.ts'
import {
  checksumsOf,
  contentsFile,
  formatVersion,
  incompleteFile,
  nodeImageArchive,
  readContents,
  type BundledChart,
  type Contents,
} from './contents.ts'

/** What a run needs from a bundle. */
export type Needs = Readonly<{
  folder: string
  stacks: readonly Stack[]
  /** As in `E2E_NODE_IMAGE`. */
  nodeImage: string | undefined
  pinnedNodeImage: string
  /** Such as `linux-amd64`. */
  platform: string
}>

/** The command that writes a bundle with further charts. */
const remakeCommand = (folder: string, charts: readonly BundledChart[]) => {
  const isPinned = ({ name, version }: BundledChart) =>
    stacks.some(({ chart }) => chart?.name === name && chart.version === version)
  const extra = charts.filter((chart) => !isPinned(chart)).map(({ name, version }) => `${name}@${version}`)
  return `on a machine with access: npm run bundle -- ${[folder, ...new Set(extra)].join(' ')}`
}

const chartsOf = ({ stacks }: Needs) => stacks.flatMap(({ chart }) => chart ?? [])
const nodeImageMatches = (wanted: string, { nodeImage }: Contents) =>
  [nodeImage.source, nodeImage.reference].includes(wanted)

/** What the list of contents shows, without a look at the files. */
export const contentsProblems = (contents: Contents, needs: Needs): readonly Problem[] => {
  const { folder, platform, nodeImage } = needs
  const error = (
    what: string,
    seen: string,
    needed: string,
    remedy = remakeCommand(folder, contents.charts),
  ): Problem => ({ severity: 'error', what, seen, needed, remedy })
  if (contents.formatVersion !== formatVersion)
    return [
      error(
        'the bundle is of another version of this harness',
        `format ${contents.formatVersion} in ${contentsFile(folder)}`,
        `format ${formatVersion}`,
        // Its list of charts may look different.
        remakeCommand(folder, []),
      ),
    ]
  if (contents.platform !== platform)
    return [
      error(
        'the bundle is for another platform',
        contents.platform,
        platform,
        `make it on ${platform}: npm run bundle -- ${folder}`,
      ),
    ]
  const wrongTools = Object.values(tools)
    .filter(({ name, series }) => !belongsTo(series, contents.tools[name as keyof typeof tools]))
    .map(({ name, series }) =>
      error(
        `the bundle has another version of ${name}`,
        contents.tools[name as keyof typeof tools],
        `${series}.x`,
      ),
    )
  const missing = chartsOf(needs).filter(
    ({ name, version }) => !contents.charts.some((chart) => chart.name === name && chart.version === version),
  )
  const missingCharts = missing.map(({ name, version }) => {
    const versions = contents.charts.filter((chart) => chart.name === name).map((chart) => chart.version)
    return error(
      `chart ${name} ${version} is not in the bundle`,
      versions.length > 0 ? `${name} ${versions.toSorted().join(', ')}` : `no ${name}`,
      `${name} ${version}`,
      remakeCommand(folder, [...contents.charts, ...missing]),
    )
  })
  const otherNodeImage: readonly Problem[] =
    nodeImage !== undefined && !nodeImageMatches(nodeImage, contents)
      ? [
          error(
            'E2E_NODE_IMAGE is not the node image of the bundle',
            `E2E_NODE_IMAGE=${nodeImage}, and ${contents.nodeImage.source} in the bundle`,
            'the same, or E2E_NODE_IMAGE not set',
            `unset E2E_NODE_IMAGE, or ${remakeCommand(folder, contents.charts)}`,
          ),
        ]
      : []
  const notPinned: readonly Problem[] =
    nodeImage === undefined && !nodeImageMatches(needs.pinnedNodeImage, contents)
      ? [
          {
            severity: 'warning',
            what: 'the node image of the bundle is not the one pinned in kind-config.yaml; the run uses that of the bundle',
            seen: contents.nodeImage.source,
            needed: needs.pinnedNodeImage,
            remedy: remakeCommand(folder, contents.charts),
          },
        ]
      : []
  return [...wrongTools, ...missingCharts, ...otherNodeImage, ...notPinned]
}

/** One problem with all files that are not as the bundle lists them. */
export const fileProblems = async (contents: Contents, folder: string): Promise<readonly Problem[]> => {
  const found = await checksumsOf(folder, Object.keys(contents.files))
  const differing = Object.entries(contents.files).flatMap(([path, { sha256, bytes }]) => {
    const file = found[path]
    if (file === undefined) return [`${path}: missing`]
    if (file.sha256 === sha256) return []
    return [`${path}: expected sha256 ${sha256} (${bytes} bytes), found ${file.sha256} (${file.bytes} bytes)`]
  })
  if (differing.length === 0) return []
  return [
    {
      severity: 'error',
      what: `${differing.length} of ${countOf(Object.keys(contents.files).length, 'file')} in the bundle are damaged or missing`,
      seen: differing.join('\n'),
      needed: `every file as ${contentsFile(folder)} lists it`,
      remedy: `copy the bundle again, or ${remakeCommand(folder, contents.charts)}`,
    },
  ]
}

const imageProblems = async (
  contents: Contents,
  config: Config,
  needs: Needs,
): Promise<readonly Problem[]> => {
  const rendered = needs.stacks.map((stack) =>
    // If a chart refuses its values, its installation reports it.
    imagesOf([stack], config, bundledTools(needs.folder)).catch(() => []),
  )
  const images = [...new Set((await Promise.all(rendered)).flat().map(fullName))]
  const missing = images.filter((image) => !contents.images.includes(image))
  if (missing.length === 0) return []
  return [
    {
      severity: 'error',
      what: `${countOf(missing.length, 'image')} of the charts and manifests ${missing.length === 1 ? 'is' : 'are'} not in the bundle`,
      seen: missing.join('\n'),
      needed: 'every image that values/ and manifests/ name',
      remedy: remakeCommand(needs.folder, contents.charts),
    },
  ]
}

const unreadable = (folder: string, error: unknown): Problem => {
  const interrupted = existsSync(incompleteFile(folder)) && !existsSync(contentsFile(folder))
  return {
    severity: 'error',
    what: interrupted ? 'the bundle is incomplete' : 'the bundle cannot be read',
    seen: interrupted
      ? `${folder} has no bundle.json: \`npm run bundle\` did not reach its end`
      : messageOf(error),
    needed: contentsFile(folder),
    remedy: `set E2E_BUNDLE to a complete bundle, or ${remakeCommand(folder, [])}`,
  }
}

type Verified = Readonly<{ problems: readonly Problem[]; contents?: Contents }>

/**
 * Finds everything that is wrong with the bundle of this folder: its platform, versions, every file, and what the stacks
 * need of it.
 * @param releases of the stacks that the run installs, one after the other
 */
export const verifyBundle = async (
  config: Config,
  folder: string,
  releases: readonly Releases[],
): Promise<Verified> => {
  if (process.platform !== 'linux')
    return {
      problems: [
        {
          severity: 'error',
          what: `a bundle cannot be used on ${process.platform}`,
          seen: 'Docker runs in a virtual machine, whose nodes cannot reach this machine to get the images',
          needed: 'Linux',
          remedy: 'unset E2E_BUNDLE',
        },
      ],
    }
  try {
    const contents = await readContents(contentsFile(folder))
    const needs = {
      folder,
      stacks: releases.flatMap((one) => config.stacks.map((name) => stackOf(name, one))),
      nodeImage: config.nodeImage,
      pinnedNodeImage: await pinnedNodeImage(),
      platform: platformOf(),
    }
    const listed = contentsProblems(contents, needs)
    // What another version or platform has to say about its files would only distract.
    if (contents.formatVersion !== formatVersion || contents.platform !== needs.platform)
      return { problems: listed, contents }
    const inFiles = await fileProblems(contents, folder)
    const problems = [...listed, ...inFiles]
    if (problems.some(isError)) return { problems, contents }
    return { problems: [...problems, ...(await imageProblems(contents, config, needs))], contents }
  } catch (error) {
    return { problems: [unreadable(folder, error)] }
  }
}

/** `of 2026-11-28: kindest/node:v1.34.4, 14 images, 4 charts, kind 0.33.0, helm 4.3.1` */
export const describeContents = ({ createdAt, nodeImage, images, charts, tools }: Contents): string =>
  `of ${createdAt.slice(0, 10)}: ${nodeImage.source}, ${countOf(images.length, 'image')}, ${countOf(charts.length, 'chart')}, ` +
  `kind ${tools.kind}, helm ${tools.helm}`

/**
 * Verifies the bundle before anything is created. Prints the problems; if one of them is an error, ends the process with
 * exit code 2.
 * @returns the settings with the node image of the bundle
 */
export const openBundleOrExit = async (
  config: Config,
  folder: string,
  releases: readonly Releases[],
  print: (line: string) => void,
): Promise<Config> => {
  const { problems, contents } = await verifyBundle(config, folder, releases)
  if (interruption.signal.aborted) throw new Error('interrupted')
  if (problems.length > 0) print(describeProblems(errorsFirst(problems)))
  if (contents === undefined || problems.some(isError)) {
    print('nothing was created')
    process.exit(2)
  }
  print(`  bundle:          ${describeContents(contents)}`)
  return { ...config, nodeImage: contents.nodeImage.reference }
}

/** Loads the node image of the bundle into Docker, unless it is there. */
export const loadNodeImage = async (folder: string, { limits, nodeImage = '' }: Config): Promise<void> => {
  const isThere = await run('docker', ['image', 'inspect', nodeImage], { within: limits.command }).then(
    () => true,
    () => false,
  )
  if (isThere) return
  const archive = join(folder, nodeImageArchive)
  await run('docker', ['load', '--quiet', '--input', archive], { within: limits.cluster })
}
