import { gunzipSync, gzipSync } from 'node:zlib'
import { redactObject, redactText } from '../report/redact.ts'
import { isSilence, type Answer, type Asked, type Exchange } from './exchange.ts'
import { decodeRelease, type Release } from '../diagnosis/helmReleases.ts'

/** Names of the machine, and what a recording has instead. */
export type Replacements = Readonly<Record<string, string>>

type Secret = Readonly<{ data?: Readonly<Record<string, string>> | null }>

const zipHeader = Buffer.from([0x1f, 0x8b])

const blank = 'REDACTED'
const anotherBlank = `${blank} too`

/**
 * A value of a Secret. In a configuration, which claims read, only credentials are blanked. Any other value is blanked as a
 * whole, in one of two ways: claims still see whether it is a password of the run.
 */
const cleanValue = (key: string, value: string, replacements: Replacements): string => {
  const data = Buffer.from(value, 'base64')
  const isZipped = data.subarray(0, 2).equals(zipHeader)
  const text = (isZipped ? gunzipSync(data) : data).toString()
  const blanked = text === blank || text === anotherBlank ? text : (replacements[text] ?? anotherBlank)
  const kept = /\.ya?ml(\.gz)?$/.test(key) ? redactText(text) : blanked
  return (isZipped ? gzipSync(kept) : Buffer.from(kept)).toString('base64')
}

/** Only the objects in the manifest of a release are read, to tell when one of them changed. */
const cleanRelease = (value: string): string => {
  const { info, manifest } = decodeRelease(value) as Release
  const kept = gzipSync(JSON.stringify({ info, manifest: redactText(manifest) }))
  return Buffer.from(kept.toString('base64')).toString('base64')
}

const cleanSecret = <S extends Secret>(secret: S, replacements: Replacements): S => ({
  ...secret,
  ...(secret.data && {
    data: Object.fromEntries(
      Object.entries(secret.data).map(([key, value]) => [
        key,
        key === 'release' ? cleanRelease(value) : cleanValue(key, value, replacements),
      ]),
    ),
  }),
})

type Series = Readonly<{ metric: Readonly<Record<string, string>> }>

/** An answer of Prometheus: label by label, because the label `secret` only names a Secret. */
const cleanSeries = (object: QueryAnswer): unknown => ({
  ...object,
  data: {
    ...object.data,
    result: object.data.result.map((one) => ({
      ...one,
      metric: Object.fromEntries(
        Object.entries(one.metric).map(([name, value]) => [name, redactText(value)]),
      ),
    })),
  },
})
type QueryAnswer = Readonly<{ data: Readonly<{ result: readonly Series[] }> }>
const isQueryAnswer = (object: unknown): object is QueryAnswer => {
  const { data } = object as { data?: { resultType?: string } | null }
  return data?.resultType === 'vector' || data?.resultType === 'matrix'
}

// managedFields are a third of the text of these objects, and nothing reads them.
const withUnreadWriters =
  /\/(?:pods|nodes|services|deployments|daemonsets|statefulsets|replicasets|endpointslices)\b/
const withoutWriters = (key: string, value: unknown): unknown => (key === 'managedFields' ? undefined : value)

const isOfSecrets = ({ path, accept }: Asked) => accept === undefined && /\/secrets\b/.test(path)

const cleanBody = (asked: Asked, { contentType, body }: Answer, replacements: Replacements): string => {
  if (!contentType.startsWith('application/json')) return redactText(body)
  const object = JSON.parse(body) as Record<string, unknown>
  if (isQueryAnswer(object)) return JSON.stringify(cleanSeries(object))
  if (!isOfSecrets(asked))
    return JSON.stringify(
      redactObject(object),
      withUnreadWriters.test(asked.path) ? withoutWriters : undefined,
    )
  const { items } = object as { items?: readonly Secret[] }
  return JSON.stringify(
    items
      ? { ...object, items: items.map((one) => cleanSecret(one, replacements)) }
      : cleanSecret(object as Secret, replacements),
  )
}

export const replaceIn =
  (replacements: Replacements) =>
  (text: string): string =>
    Object.entries(replacements).reduce((replaced, [name, other]) => replaced.replaceAll(name, other), text)

/** An exchange without credentials, and without names of the machine where it was recorded. */
export const cleanExchange = ({ asked, answer }: Exchange, replacements: Replacements): Exchange => {
  const replace = replaceIn(replacements)
  const { path, body, ...others } = asked
  return {
    asked: { ...others, path: replace(redactText(path)), body: replace(redactText(body)) },
    answer: isSilence(answer)
      ? answer
      : { ...answer, body: replace(answer.body && cleanBody(asked, answer, replacements)) },
  }
}
