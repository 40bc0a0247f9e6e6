import { posix } from 'node:path'
import { messageOf } from '../lib/messages.ts'
import { isWithin, type SidecarFile, type Overlooked, type Sidecar } from './dashboardSidecar.ts'
import { isObject, type JsonObject } from '../lib/json.ts'

/** What Grafana provisions from a file. */
export type ProvisionedDashboard = Readonly<{
  title: string
  /** Undefined if the file has none: Grafana makes one. */
  uid: string | undefined
  /** The dashboard itself; undefined if Grafana converts it before it stores it. */
  json: Readonly<Record<string, unknown>> | undefined
}>
export type JudgedFile = SidecarFile &
  (
    | Readonly<{ dashboard: ProvisionedDashboard; trouble?: undefined }>
    | Readonly<{
        dashboard?: undefined
        /** What is wrong with it, with the remedy; undefined if nothing is known, as of a download. */
        trouble: string | undefined
      }>
  )

const asClassic =
  'export the dashboard as classic JSON (Export > Export as code > Model: Classic), or keep the whole resource with apiVersion, kind, metadata and spec'

/** Grafana 13 takes a whole resource from a file, and judges it by its spec. */
const resourceVersion = ({ apiVersion, spec }: JsonObject): string | undefined =>
  isObject(spec) && typeof apiVersion === 'string'
    ? /^dashboard\.grafana\.app\/(v\d\w*)$/.exec(apiVersion)?.[1]
    : undefined

const isV2 = (spec: JsonObject) => 'elements' in spec || 'layout' in spec

const troubleOfUid = (uid: unknown): string | undefined => {
  if (uid === undefined || uid === null || uid === '') return undefined
  if (typeof uid !== 'string') return `its uid is ${JSON.stringify(uid)}, which is not a string`
  if (!/^[\w-]+$/.test(uid)) return `its uid "${uid}" has characters other than letters, digits, - and _`
  return uid.length > 40 ? `its uid "${uid}" has ${uid.length} characters; Grafana allows 40` : undefined
}

const troubleOfTitle = (
  json: JsonObject,
  spec: JsonObject,
): readonly [trouble: string, remedy: string] | undefined => {
  const { title } = spec
  const refusal = 'Grafana refuses it with "Dashboard title cannot be empty"'
  if (typeof title === 'string' && title.trim() !== '') return undefined
  if (isObject(json['dashboard']))
    return [`is wrapped in {"dashboard": …}: ${refusal}`, 'keep only the inner object']
  if (isV2(spec)) return [`is the bare spec of a v2 dashboard without a title: ${refusal}`, asClassic]
  if (isObject(json['spec']) && json !== spec) return [`has no title in its spec: ${refusal}`, 'add one']
  if (isObject(json['spec']))
    return [
      `has a spec, but its apiVersion ${JSON.stringify(json['apiVersion'])} is not one of dashboard.grafana.app: ${refusal}`,
      asClassic,
    ]
  return title === undefined
    ? [`has no title: ${refusal}`, 'add one']
    : [`has the title ${JSON.stringify(title)}: ${refusal}`, 'correct it']
}

type Judgement = Readonly<{ dashboard: ProvisionedDashboard }> | Readonly<{ trouble: string }>
const wrong = (trouble: string, remedy: string) => ({ trouble: `${trouble}\n  remedy: ${remedy}` })

const parseJson = (text: string): Readonly<{ value: unknown }> | Readonly<{ error: string }> => {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { error: messageOf(error) }
  }
}

/** What Grafana makes of the text of a file. */
export const judgeText = (text: string): Judgement => {
  const read = parseJson(text)
  if ('error' in read)
    return wrong(`is not valid JSON: ${read.error}`, 'correct it; `jq . FILE` shows the place')
  const parsed = read.value
  if (!isObject(parsed)) return wrong('is not a JSON object', asClassic)
  const version = resourceVersion(parsed)
  const spec = version === undefined ? parsed : (parsed['spec'] as JsonObject)
  const title = troubleOfTitle(parsed, spec)
  if (title) return wrong(...title)
  if (isV2(spec) && !version?.startsWith('v2'))
    return wrong(
      'is the bare spec of a v2 dashboard: Grafana refuses it with "dashboard appears to be in v2 format", while the sidecar logs 200 OK',
      asClassic,
    )
  const metadata = isObject(parsed['metadata']) ? parsed['metadata'] : {}
  const uid = version === undefined ? spec['uid'] : (metadata['name'] ?? spec['uid'])
  const ofUid = troubleOfUid(uid)
  if (ofUid !== undefined) return wrong(ofUid, 'correct it')
  return {
    dashboard: {
      title: String(spec['title']),
      uid: typeof uid === 'string' && uid !== '' ? uid : undefined,
      json: version?.startsWith('v2') ? undefined : spec,
    },
  }
}

const judgePath = ({ provided, annotation }: Sidecar, { key, path }: SidecarFile): string | undefined => {
  if (!path.endsWith('.json'))
    return `is ignored: Grafana reads only files that end in .json\n  remedy: call the key ${key}.json`
  return isWithin(path, provided)
    ? undefined
    : `is written to ${posix.dirname(path)}, but Grafana reads only ${provided}\n  remedy: correct its annotation ${annotation}`
}

export const judgeFile = (sidecar: Sidecar, file: SidecarFile): JudgedFile => {
  const trouble = judgePath(sidecar, file)
  if (trouble !== undefined || file.text === undefined) return { ...file, trouble }
  return { ...file, ...judgeText(file.text) }
}

const named = (files: readonly SidecarFile[]) =>
  files.map(({ source, key }) => `${source} (${key})`).join(' and ')

/** Groups of at least two. */
const repeated = <T>(items: readonly T[], keyOf: (item: T) => string | undefined): readonly T[][] => {
  const keyed = items.filter((item) => keyOf(item) !== undefined)
  return [...Map.groupBy(keyed, keyOf).values()].filter((group) => group.length > 1)
}

const freezes =
  'Grafana then keeps one of them by chance and stops saving changes of any dashboard ("no database write permissions because of duplicates")'

/** Whether no other file has its path or its uid. */
export const isUnique = (file: JudgedFile, files: readonly JudgedFile[]): boolean =>
  files.every(
    (other) =>
      other === file ||
      (other.path !== file.path &&
        (other.dashboard?.uid === undefined || other.dashboard.uid !== file.dashboard?.uid)),
  )

/** What is wrong with files together: the same path, uid or title. */
export const duplicatesAmong = (sidecar: Sidecar, files: readonly JudgedFile[]): readonly string[] => {
  const overwritten = repeated(files, ({ path }) => path)
  const clashing = new Set(overwritten.flat())
  const others = files.filter((file) => !clashing.has(file))
  const folderOf = ({ path }: SidecarFile) => (sidecar.byFolder ? posix.dirname(path) : '')
  const sameUid = repeated(others, ({ dashboard }) => dashboard?.uid)
  const known = sameUid.map(named)
  const sameTitle = repeated(others, (file) =>
    file.dashboard ? `${folderOf(file)}/${file.dashboard.title}` : undefined,
  ).filter((group) => !known.includes(named(group)))
  return [
    ...overwritten.map(
      (group) =>
        `${named(group)} overwrite each other: the sidecar writes both to ${group[0]?.path}\n  remedy: rename one of the keys`,
    ),
    ...sameUid.map(
      (group) =>
        `${named(group)} have the same uid ${group[0]?.dashboard?.uid}: ${freezes}\n  remedy: delete one, or change its uid and title`,
    ),
    ...sameTitle.map(
      (group) =>
        `${named(group)} have the same title "${group[0]?.dashboard?.title}" in one folder: ${freezes}\n  remedy: delete one, or change its title`,
    ),
  ]
}

/** Everything that is wrong with the files and with the objects that the sidecar overlooks. */
export const fileTroubles = (
  sidecar: Sidecar,
  files: readonly JudgedFile[],
  overlooked: readonly Overlooked[],
): readonly string[] => [
  ...duplicatesAmong(sidecar, files),
  ...files.flatMap(({ source, key, trouble }) =>
    trouble === undefined ? [] : [`${key} of ${source} ${trouble}`],
  ),
  ...overlooked.map(
    ({ source, why }) =>
      `${source} ${why}\n  remedy: correct the label, or move the object to where the sidecar looks`,
  ),
]
