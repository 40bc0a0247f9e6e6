import { gunzipSync } from 'node:zlib'
import type { V1ObjectMeta } from '@kubernetes/client-node'
import { parseAllDocuments } from 'yaml'
import type { Source } from './startSources.ts'

type Manifest = Readonly<{ kind: string; metadata: V1ObjectMeta; data?: unknown; stringData?: unknown }>
/** A revision of a Helm release: when it was deployed, and its objects. */
export type Release = Readonly<{ info: Readonly<{ last_deployed: string }>; manifest: string }>

/**
 * A release of Helm, which stores base64 of gzip of JSON.
 * @param text the value in its Secret, as the API server returns it: base64 once more
 */
export const decodeRelease = (text: string): unknown => {
  const zipped = Buffer.from(Buffer.from(text, 'base64').toString(), 'base64')
  return JSON.parse(gunzipSync(zipped).toString())
}

/**
 * When Helm last changed the data of an object; an upgrade that changes only the labels writes all of it. Undefined if the
 * releases do not show it.
 */
export const helmChange = (releases: readonly Release[], { kind, name }: Source): number | undefined => {
  const versions = releases
    .flatMap(({ info, manifest }) => {
      const objects = parseAllDocuments(manifest).map((one) => one.toJS() as Manifest | null)
      const object = objects.find((one) => one?.kind === kind && one.metadata.name === name)
      const text = JSON.stringify([object?.data, object?.stringData])
      return object ? [{ at: Date.parse(info.last_deployed), text }] : []
    })
    .sort((a, b) => a.at - b.at)
  const newest = versions.at(-1)
  if (!newest) return undefined
  const before = versions.findLastIndex(({ text }) => text !== newest.text)
  return versions[before + 1]?.at
}
