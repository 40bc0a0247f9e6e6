const fields = /(?<key>[\w.-]+)=(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>\S+))/g
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t' }

/** The fields of a log line in logfmt, which the operator, Prometheus and Alertmanager write; values are unquoted. */
export const parseLogfmt = (line: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...line.matchAll(fields)].map(({ groups = {} }) => {
      const unquoted = groups['quoted']?.replaceAll(/\\(.)/g, (_, next: string) => escapes[next] ?? next)
      return [groups['key'] ?? '', unquoted ?? groups['bare'] ?? '']
    }),
  )
