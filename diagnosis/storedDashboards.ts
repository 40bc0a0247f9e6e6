import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import pMap from 'p-map'
import type { Grafana, StoredDashboard } from '../clients/grafana.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import { countOf } from '../lib/messages.ts'
import { podsOf } from './componentPods.ts'
import { sidecarLog, type SidecarFile, type Sidecar } from './dashboardSidecar.ts'
import type { JudgedFile } from './dashboardFiles.ts'

const restartCommand = ({ namespace, name }: ObjectName): string =>
  `\`kubectl -n ${namespace} rollout restart deployment/${name}\``

const kindOf = (value: unknown) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value)
const shown = (value: unknown) => {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** The first place at which two JSON values differ: `panels.0.title is "A" in Grafana, "B" in the file`. */
export const firstDifference = (stored: unknown, file: unknown, path = ''): string | undefined => {
  const kind = kindOf(file)
  if (kind !== kindOf(stored) || (kind !== 'object' && kind !== 'array'))
    return stored === file
      ? undefined
      : `${path || 'it'} is ${shown(stored)} in Grafana, ${shown(file)} in the file`
  const [ofStored, ofFile] = [stored as Record<string, unknown>, file as Record<string, unknown>]
  const keys = new Set([...Object.keys(ofFile), ...Object.keys(ofStored)])
  for (const key of keys) {
    const found = firstDifference(ofStored[key], ofFile[key], path === '' ? key : `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** Without what Grafana numbers by itself. */
const bare = (json: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(json).filter(([key]) => !['id', 'uid', 'version'].includes(key)))

type Provisionable = JudgedFile & Readonly<{ dashboard: object }>

/** The dashboard of the file in Grafana; by its title if the file leaves the uid to Grafana. */
const findStored = async (
  grafana: Grafana,
  uids: ReadonlyMap<string, string>,
  { dashboard: { uid, title } }: Provisionable,
): Promise<Readonly<{ uid: string; stored: StoredDashboard }> | undefined> => {
  const found = uid ?? uids.get(title)
  const stored = found === undefined ? undefined : await grafana.stored(found)
  return found === undefined || !stored ? undefined : { uid: found, stored }
}

const checksum = (text: string) => createHash('md5').update(text).digest('hex')

/**
 * Why Grafana does not have a file as it is now; undefined if it has. Grafana may store a newer schema than the file has:
 * if so, the checksum that it keeps of the file decides.
 */
const shortfallOf = async (
  grafana: Grafana,
  uids: ReadonlyMap<string, string>,
  file: Provisionable,
): Promise<string | undefined> => {
  const found = await findStored(grafana, uids, file)
  if (!found) return 'is not in Grafana'
  const { json, title } = file.dashboard
  const difference = json
    ? firstDifference(bare(found.stored.json), bare(json))
    : firstDifference(found.stored.json['title'], title, 'title')
  if (difference === undefined) return undefined
  if ((await grafana.fileChecksum(found.uid)) === checksum(file.text ?? '')) return undefined
  return `is in Grafana as it was before: ${difference}`
}

export type Logs = Readonly<{
  /** The Deployment of Grafana. */
  deployment: ObjectName
  grafana: readonly string[]
  sidecar: readonly string[]
}>

/** The last lines of Grafana and of the sidecar that writes its dashboards. */
export const readGrafanaLogs = async (kubernetes: Kubernetes, deployment: ObjectName): Promise<Logs> => {
  const { namespace } = deployment
  const pods = await podsOf(kubernetes, deployment)
  const name = pods.find(({ status }) => status?.phase === 'Running')?.metadata?.name
  if (name === undefined) return { deployment, grafana: [], sidecar: [] }
  const read = async (container: string) =>
    (await kubernetes.core.readNamespacedPodLog({ namespace, name, container, tailLines: 3000 })).split('\n')
  const [grafana, sidecar] = await Promise.all([read('grafana'), read('grafana-sc-dashboard')])
  return { deployment, grafana, sidecar }
}

const isProblem = (line: string) => /\blevel=(error|warn)\b/.test(line)
const isAbout = (path: string) => (line: string) =>
  line.includes(`file=${path}`) || line.includes(`file="${path}"`)

/** `level=error msg="…" …` without logger and time, which Grafana writes first. */
const withoutTime = (line: string) => line.replace(/^.*?(?=\blevel=)/, '').slice(0, 400)

const remedyFor = (line: string, deployment: ObjectName): string => {
  if (/restricted database access|because of duplicates|more than once|not unique in folder/.test(line))
    return 'two files have the same uid or title, see claim grafana-dashboard-files; delete one, and Grafana saves again within 30 s'
  if (line.includes('database is locked'))
    return `${restartCommand(deployment)} provisions again; if it recurs, give Grafana a database other than SQLite`
  return 'correct the file in its ConfigMap'
}

/**
 * What the logs say about a file that did not arrive, with what to do. A reload that the sidecar asks for is answered with
 * 200 whatever became of the files, so only Grafana's own log tells.
 */
export const explainFromLogs = (path: string, { deployment, grafana, sidecar }: Logs): string => {
  const problems = grafana.filter(isProblem)
  const line =
    problems.findLast(isAbout(path)) ??
    problems.findLast(
      (one) =>
        one.includes('logger=provisioning.dashboard') && !/\bfile=/.test(one) && !one.includes('read config'),
    ) ??
    grafana.findLast((one) => one.includes('database is locked'))
  if (line !== undefined)
    return `\n  Grafana says: ${withoutTime(line)}\n  remedy: ${remedyFor(line, deployment)}`
  const written = sidecar.some((one) => one.includes(`Writing ${path} `))
  const error = sidecar.findLast((one) => /"level":\s*"(ERROR|CRITICAL)"/.test(one))
  if (!written && error !== undefined)
    return `\n  the sidecar has not written ${path}, and says: ${error.slice(0, 400)}\n  remedy: ${sidecarLog(deployment)}`
  return written
    ? `\n  the sidecar has written ${path}, and Grafana's log names no problem with it\n  remedy: ${restartCommand(deployment)} provisions again`
    : `\n  the sidecar has not written ${path}\n  remedy: ${sidecarLog(deployment)}`
}

const concurrency = 8
const shownFiles = 4

/** The files that Grafana does not have as they are now, with the reason from its log. */
export const storageShortfalls = async (
  grafana: Grafana,
  kubernetes: Kubernetes,
  deployment: ObjectName,
  files: readonly JudgedFile[],
): Promise<readonly string[]> => {
  const provisionable = files.filter((file): file is Provisionable => file.dashboard !== undefined)
  const needsTitle = provisionable.some(({ dashboard }) => dashboard.uid === undefined)
  const summaries = needsTitle ? await grafana.dashboards() : []
  const uids = new Map(summaries.map(({ uid, title }) => [title, uid]))
  const all = await pMap(
    provisionable,
    async (file) => ({ file, shortfall: await shortfallOf(grafana, uids, file) }),
    { concurrency },
  )
  const lacking = all.filter(({ shortfall }) => shortfall !== undefined)
  if (lacking.length === 0) return []
  const logs = await readGrafanaLogs(kubernetes, deployment)
  const texts = lacking
    .slice(0, shownFiles)
    .map(
      ({ file: { dashboard, source, key, path }, shortfall }) =>
        `"${dashboard.title}" of ${source} (${key}) ${shortfall}${explainFromLogs(path, logs)}`,
    )
  const rest = lacking.length - texts.length
  return rest > 0 ? [...texts, `and ${countOf(rest, 'more file')}`] : texts
}

/**
 * Dashboards that Grafana keeps although no ConfigMap or Secret holds their file any more. The sidecar learns of a deletion
 * only from its watch, which it renews every minute: it misses a deletion between two watches.
 * @see https://github.com/kiwigrid/k8s-sidecar
 */
export const leftoverShortfalls = async (
  grafana: Grafana,
  kubernetes: Kubernetes,
  deployment: ObjectName,
  { sidecar, files }: Readonly<{ sidecar: Sidecar; files: readonly Pick<SidecarFile, 'path'>[] }>,
): Promise<readonly string[]> => {
  const provisioned = await pMap(
    await grafana.dashboards(),
    async ({ uid, title }) => ({ title, file: (await grafana.stored(uid))?.file ?? '' }),
    { concurrency },
  )
  const paths = new Set(files.map(({ path }) => path))
  const candidates = provisioned
    .filter(({ file }) => file !== '')
    .map(({ title, file }) => ({ title, path: posix.join(sidecar.provided, file) }))
    .filter(({ path }) => !paths.has(path))
  if (candidates.length === 0) return []
  // The files of other providers are not the sidecar's.
  const { sidecar: log } = await readGrafanaLogs(kubernetes, deployment)
  const lastMention = (path: string) =>
    log.findLast((line) => line.includes(`Writing ${path} `) || line.includes(`Removing ${path}"`))
  return candidates
    .filter(({ path }) => lastMention(path)?.includes('Writing') === true)
    .map(
      ({ title, path }) =>
        `"${title}" is still in Grafana, and no object holds its file any more: the sidecar has not removed ${path}, since it has missed the deletion\n` +
        `  remedy: ${restartCommand(deployment)}`,
    )
}
