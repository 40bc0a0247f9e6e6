import type { V1Pod } from '@kubernetes/client-node'
import { countOf } from '../lib/messages.ts'
import { livedSeconds, whyMissing, type Collection } from './missingLogs.ts'
import { podName } from './pods.ts'
import { describeVectorErrors } from './vectorErrors.ts'

/** The length of the long line of manifests/hard-logs.yaml, without spaces at its end. */
export const longLine = { length: 40_000, parts: 1000 } as const

const partBytes = 16_384

const partsIn = (message: string): readonly number[] =>
  [...message.matchAll(/part=(\d{4})/g)].map(([, part]) => Number(part))

const describePiece = (message: string): string => {
  const parts = partsIn(message)
  return `${message.length} characters, parts ${parts[0]} to ${parts.at(-1)}`
}

/** The option that drops or splits the long line; undefined if none does. */
const whyNotWhole = ({ config }: Collection): Readonly<{ cause: string; remedy: string }> | undefined => {
  const remedy = (option: string) => `${option} of source ${config.sources[0]?.id} in values/vector.yaml`
  for (const { mergesPartialLines, maxLineBytes, maxMergedLineBytes } of config.sources) {
    if (maxLineBytes < partBytes)
      return {
        cause: `max_line_bytes is ${maxLineBytes}, and the runtime writes a long line in parts of ${partBytes} bytes, which Vector discards`,
        remedy: `remove, or set to at least 32768, ${remedy('max_line_bytes')}`,
      }
    if (!mergesPartialLines)
      return {
        cause: `auto_partial_merge is false: each part of at most ${partBytes} bytes becomes a document`,
        remedy: `remove ${remedy('auto_partial_merge')}`,
      }
    if (maxMergedLineBytes !== undefined && maxMergedLineBytes < longLine.length)
      return {
        cause: `max_merged_line_bytes is ${maxMergedLineBytes}: Vector discards a line that is longer`,
        remedy: `raise ${remedy('max_merged_line_bytes')}`,
      }
  }
  return undefined
}

/** Whether the long line is one document, from the messages of all documents with a part of it. */
export const isWholeLine = (messages: readonly string[]): boolean =>
  messages.length === 1 && partsIn(messages[0] ?? '').length === longLine.parts

/** What became of the long line if it is not one document. */
export const longLineShortfalls = (
  messages: readonly string[],
  collection: Collection,
): readonly string[] => {
  const [first] = messages
  const what =
    first === undefined
      ? 'is not found: it was dropped, or has not been read yet'
      : messages.length > 1
        ? `is in ${messages.length} documents: ${messages.map(describePiece).sort().slice(0, 5).join('; ')}`
        : `is cut: its document has ${describePiece(first)}`
  const why = whyNotWhole(collection)
  return [
    `the line of ${longLine.length} characters of Pod default/planted-hard-lines ${what}` +
      (why ? `\n  cause: ${why.cause}\n  remedy: ${why.remedy}` : ''),
  ]
}

/** A line that a pod of manifests/hard-logs.yaml writes, and what must be in the message of its document. */
export type PlantedLine = Readonly<{ pod: string; container: string; text: string }>

export const jsonLines: readonly PlantedLine[] = ['number', 'object', 'text', 'list'].map((kind) => ({
  pod: 'planted-hard-lines',
  container: 'json',
  text: `"kind":"${kind}"`,
}))

export const shortLivedLines: readonly PlantedLine[] = [
  { pod: 'planted-short-lived', container: 'main', text: 'first' },
  { pod: 'planted-short-lived', container: 'main', text: 'last' },
  { pod: 'planted-crash', container: 'main', text: 'crash' },
]

/** The lines that no message has, by pod, with how long it lived and why they may be missing. */
export const plantedShortfalls = (
  lines: readonly PlantedLine[],
  messages: readonly string[],
  pods: readonly V1Pod[],
  collection: Collection,
  now: number,
): readonly string[] => {
  const missing = lines.filter(({ text }) => !messages.some((message) => message.includes(text)))
  const shortfalls = [...Map.groupBy(missing, ({ pod }) => pod)].map(([name, own]) => {
    const texts = own.map(({ text }) => text).join(', ')
    const pod = pods.find(({ metadata }) => metadata?.namespace === 'default' && metadata.name === name)
    const container = own[0]?.container ?? ''
    if (!pod)
      return `Pod default/${name} is gone, and with it its log\n  remedy: \`E2E_KEEP=1 npm test\` creates it again`
    const log = { pod, container, last: { time: now, line: '' }, newest: undefined }
    const { cause, remedy } = whyMissing(log, collection, now)
    const lived = livedSeconds(pod, container, now)
    return (
      `Pod ${podName(pod)}${lived === undefined ? '' : `, which lived ${lived} s`}: ` +
      `${countOf(own.length, 'line')} not found: ${texts}\n  cause: ${cause}\n  remedy: ${remedy}`
    )
  })
  return [...shortfalls, ...describeVectorErrors(collection.errors, collection.opensearch).slice(0, 3)]
}
