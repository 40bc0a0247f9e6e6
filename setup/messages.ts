/**
 * An error in the words a person reads. Errors of the Kubernetes client carry the whole body and all headers in their
 * message: of those, status and reason. Assertions of vitest carry the comparison beside their message.
 */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && 'body' in error && 'headers' in error) {
    const text = typeof error.body === 'string' ? error.body : JSON.stringify(error.body)
    const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
    const reason = message === undefined ? text.trim() : (JSON.parse(`"${message}"`) as string)
    return `the API server answered ${String(error.code)}: ${reason}`
  }
  const diff = 'diff' in error && typeof error.diff === 'string' ? `\n${error.diff}` : ''
  return error.message + diff
}
