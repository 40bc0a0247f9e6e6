/** `1 claim`, `2 claims` */
export const countOf = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`

/**
 * An error in the words a person reads. Errors of the Kubernetes client carry the whole body and all headers in their
 * message: of those, status and reason.
 */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && 'body' in error && 'headers' in error) {
    const text = typeof error.body === 'string' ? error.body : JSON.stringify(error.body ?? 'no reason given')
    const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
    const reason = message === undefined ? text.trim() : (JSON.parse(`"${message}"`) as string)
    return `the API server answered ${String(error.code)}: ${reason}`
  }
  return error.message
}
