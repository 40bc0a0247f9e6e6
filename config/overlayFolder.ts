import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { messageOf } from '../lib/messages.ts'
import type { Overlay } from './overlay.ts'
import { stackNames, stacks, type Releases, type StackName } from './stacks.ts'

/** The entries of a folder, the hidden ones left out. */
const listFolder = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .toSorted()

/** The entries of a folder; none if it cannot be read. */
const entriesOf = (folder: string): readonly string[] => {
  try {
    return listFolder(folder)
  } catch {
    return []
  }
}

/** Why a file or folder cannot be read; undefined if it can. */
const obstacleTo = (read: () => unknown): string | undefined => {
  try {
    read()
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOTDIR') return 'must be a folder'
    if (code === 'EISDIR') return 'must be a file, not a folder'
    return `cannot be read: ${messageOf(error)}`
  }
}

const isYaml = (name: string) => /\.ya?ml$/.test(name)
const chartStacks = stacks.flatMap(({ name, chart }) => (chart ? [name as StackName] : []))

/** The values files with this ending, by stack. */
const valuesOf = (folder: string, names: readonly string[], ending: string): Overlay['values'] =>
  Object.fromEntries(
    chartStacks
      .filter((stack) => names.includes(`${stack}${ending}`))
      .map((stack) => [stack, join(folder, 'values', `${stack}${ending}`)]),
  )

const single = ['claims', 'accepted'] as const

/** The files of an overlay; none if its folder is missing. */
export const listOverlay = (folder: string): Overlay => {
  const top = entriesOf(folder)
  const values = entriesOf(join(folder, 'values'))
  const manifests = entriesOf(join(folder, 'manifests')).filter(isYaml)
  return {
    folder,
    values: valuesOf(folder, values, '.yaml'),
    nextValues: valuesOf(folder, values, '.next.yaml'),
    manifests: manifests.map((name) => join(folder, 'manifests', name)),
    ...Object.fromEntries(
      single
        .filter((name) => top.includes(`${name}.yaml`))
        .map((name) => [name, join(folder, `${name}.yaml`)]),
    ),
  }
}

const topEntries = ['values', 'manifests', ...single.map((name) => `${name}.yaml`), 'README.md']

const valuesProblem = (name: string): readonly string[] => {
  const stack = name.replace(/(\.next)?\.yaml$/, '')
  if (name.endsWith('.yaml') && (chartStacks as readonly string[]).includes(stack)) return []
  const known = `the stacks with a chart are ${chartStacks.join(', ')}`
  const why = !name.endsWith('.yaml')
    ? 'must be named <stack>.yaml or <stack>.next.yaml'
    : (stackNames as readonly string[]).includes(stack)
      ? `${stack} has no chart and so no values`
      : `no stack is named ${stack}`
  return [`values/${name}: ${why}; ${known}`]
}

/** Problems that the names of an overlay's files show. */
export const overlayEntryProblems = (folder: string): readonly string[] => {
  if (!existsSync(folder))
    return [`E2E_OVERLAY=${folder}: no such folder; \`npm run init -- ${folder}\` writes one`]
  const obstacle = obstacleTo(() => listFolder(folder))
  if (obstacle !== undefined) return [`E2E_OVERLAY=${folder}: ${obstacle}`]
  const top = listFolder(folder)
  const unreadable = ['values', 'manifests']
    .filter((name) => top.includes(name))
    .map((name) => [name, obstacleTo(() => listFolder(join(folder, name)))])
  const unknown = top.filter((name) => !topEntries.includes(name))
  const notYaml = entriesOf(join(folder, 'manifests')).filter((name) => !isYaml(name))
  return [
    ...unknown.map((name) => `${name}: an overlay has no such entry; it has ${topEntries.join(', ')}`),
    ...unreadable.flatMap(([name, why]) => (why === undefined ? [] : [`${name}: ${why}`])),
    ...entriesOf(join(folder, 'values')).flatMap(valuesProblem),
    ...notYaml.map((name) => `manifests/${name}: must be a file that ends in .yaml`),
  ]
}

type Files = Readonly<Record<string, string | undefined>>

/** An overlay without the files that cannot be read, and why they cannot. */
export const readableOverlay = (
  overlay: Overlay,
): Readonly<{ readable: Overlay; problems: readonly string[] }> => {
  const problems: string[] = []
  const isReadable = (path: string | undefined): boolean => {
    if (path === undefined) return false
    const obstacle = obstacleTo(() => readFileSync(path))
    if (obstacle !== undefined) problems.push(`${pathInOverlay(overlay, path)}: ${obstacle}`)
    return obstacle === undefined
  }
  const readableOf = (files: Files) =>
    Object.fromEntries(Object.entries(files).filter(([, path]) => isReadable(path)))
  const { folder, values, nextValues, manifests, claims, accepted } = overlay
  const readable: Overlay = {
    folder,
    values: readableOf(values),
    nextValues: readableOf(nextValues),
    manifests: manifests.filter(isReadable),
    ...readableOf({ claims, accepted }),
  }
  return { readable, problems }
}

/** A file of the overlay, as messages name it: `values/opensearch.yaml of the overlay`. */
export const describeOverlayFile = (overlay: Pick<Overlay, 'folder'>, path: string): string =>
  `${pathInOverlay(overlay, path)} of the overlay`

/** `manifests/shop.yaml` */
export const pathInOverlay = ({ folder }: Pick<Overlay, 'folder'>, path: string): string =>
  path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path

/** The name of the folder, which is how reports name an overlay. */
export const overlayName = ({ folder }: Pick<Overlay, 'folder'>): string => basename(folder)

/** The pinned charts with the values of the overlay laid over ours. */
export const overlayReleases = ({ values }: Overlay): Releases =>
  Object.fromEntries(
    stacks.flatMap(({ name, chart, values: own = [] }) => {
      const laidOver = values[name as StackName]
      return chart && laidOver !== undefined
        ? [[name, { version: chart.version, values: [...own, laidOver] }]]
        : []
    }),
  )
