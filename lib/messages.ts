/** `1 claim`, `2 claims` */
export const countOf = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`

/**
 * `a, b and 4 more`: a message that lists everything is read by nobody. If the separator is a line break, the count gets a
 * line of its own.
 */
export const few = (texts: readonly string[], count = 3, separator = ', '): string => {
  const more = texts.length > count ? [`and ${texts.length - count} more`] : []
  return [texts.slice(0, count).join(separator), ...more].join(separator === '\n' ? '\n' : ' ')
}

/** The text up to its first line break. */
export const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** The text with each run of white space as one space. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')

/** `2026-11-28T09:07:29Z`, for milliseconds since 1970. */
export const utcTime = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`

/** `2026-11-28`, for milliseconds since 1970: the day in UTC, as daily indices are named. */
export const utcDay = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** `253 MB`, `2.1 GB` */
export const describeBytes = (bytes: number): string =>
  bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`

/** The API server's answer to a request that fails. */
type Status = Readonly<{ kind: 'Status'; code: number; message: string }>
const isStatus = (body: unknown): body is Status =>
  typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status' && 'message' in body

/**
 * The message of an error. Errors of the Kubernetes client have the whole body and all headers in their message: this
 * reduces them to status and reason.
 */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if ('body' in error && isStatus(error.body))
    return `the API server answered ${error.body.code}: ${error.body.message}`
  if ('code' in error && 'body' in error && 'headers' in error) {
    const text = typeof error.body === 'string' ? error.body : JSON.stringify(error.body ?? 'no reason given')
    const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
    const reason = message === undefined ? text.trim() : (JSON.parse(`"${message}"`) as string)
    return `the API server answered ${String(error.code)}: ${reason}`
  }
  return error.message
}
