import { readFile } from 'node:fs/promises'
import { isObject, type JsonObject } from '../lib/json.ts'
import { few, messageOf } from '../lib/messages.ts'
import type { Observation } from './observation.ts'
import type { Watched } from './watch.ts'

/** A file is not what the command needs; the message says why, and what writes one. */
export class FileError extends Error {
  override name = 'FileError'
}

const observationParts = {
  takenAt: true,
  kubernetes: true,
  releases: true,
  targets: true,
  metrics: true,
  recordingRules: true,
  queries: true,
  alertingRules: true,
  ruleGroups: true,
  families: true,
  series: true,
  buckets: true,
  sideBySide: true,
  notification: true,
  dashboards: true,
  dataSources: true,
  dataSourceUsers: true,
  images: true,
  objects: true,
  secrets: true,
  definitions: true,
  customResources: true,
  opensearch: true,
  scrapes: true,
  sharedTargets: true,
  settings: true,
  indexPatterns: true,
  usage: true,
  recentLogs: true,
  logs: true,
} satisfies Record<Exclude<keyof Observation, 'notObserved'>, true>

const watchedParts = {
  from: true,
  to: true,
  seconds: true,
  endpoints: true,
  gaps: true,
  lines: true,
  drops: true,
  documents: true,
  series: true,
} satisfies Record<keyof Watched, true>

const contentOf = async (file: string): Promise<unknown> => {
  const text = await readFile(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(text.trim() === '' ? 'it is empty' : 'it is not JSON')
  }
}

/** @throws FileError */
const readParts = async (
  file: string,
  what: string,
  parts: Readonly<Record<string, true>>,
  command: string,
): Promise<JsonObject> => {
  const remedy = `\n  remedy: name a file that \`${command}\` of this version has written`
  const content = await contentOf(file).catch((error: unknown) => {
    throw new FileError(`${file} cannot be read: ${messageOf(error)}${remedy}`)
  })
  const lacks = Object.keys(parts).filter((part) => !isObject(content) || content[part] === undefined)
  if (!isObject(content) || lacks.length > 0)
    throw new FileError(`${file} is not ${what} of this version: it has no ${few(lacks)}${remedy}`)
  return content
}

/**
 * Reads a file of `npm run observe` or `npm run upgrade`.
 * @throws FileError
 */
export const readObservation = async (file: string): Promise<Observation> =>
  (await readParts(file, 'an observation', observationParts, 'npm run observe')) as unknown as Observation

/**
 * Reads a file of `npm run watch`.
 * @throws FileError
 */
export const readWatched = async (file: string): Promise<Watched> =>
  (await readParts(file, 'a watch', watchedParts, 'npm run watch')) as unknown as Watched
