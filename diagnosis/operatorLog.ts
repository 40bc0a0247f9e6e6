import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import { readLogs } from './componentPods.ts'

/** The value of a field of a logfmt line, unquoted. */
export const logField = (line: string, field: string): string | undefined => {
  const [, quoted, plain] =
    new RegExp(`(?:^|\\s)${field}=(?:"((?:[^"\\\\]|\\\\.)*)"|(\\S+))`).exec(line) ?? []
  return quoted?.replaceAll(/\\(.)/g, (_, next: string) => (next === 'n' ? '\n' : next)) ?? plain
}

/** The last lines of the operator. */
export const readOperatorLog = (kubernetes: Kubernetes, operator: ObjectName): Promise<readonly string[]> =>
  readLogs(kubernetes, operator, { tailLines: 2000 })

/** The command that shows the log of the operator. */
export const operatorLogCommand = ({ namespace, name }: ObjectName): string =>
  `\`kubectl -n ${namespace} logs deployment/${name}\``

/** What the operator last said against an object: one line for each problem of a PrometheusRule. */
export const operatorProblems = (
  lines: readonly string[],
  { kind, namespace: own, name }: Readonly<{ kind: string; namespace: string; name: string }>,
): readonly string[] => {
  const isAbout = (line: string) =>
    kind === 'PrometheusRule'
      ? logField(line, 'prometheusrule') === name &&
        [logField(line, 'prometheusrule-namespace'), logField(line, 'namespace')].includes(own)
      : [logField(line, 'object'), logField(line, 'alertmanagerconfig')].includes(`${own}/${name}`)
  const problems = lines
    .filter((line) => isAbout(line) && /level=(warn|info|error)/i.test(line))
    .flatMap((line) => logField(line, 'err') ?? logField(line, 'error') ?? [])
    // "invalid rule" only sums up the lines before it.
    .filter((problem) => problem !== 'invalid rule')
  return [...new Set(problems.slice(-5))]
}

/** The operator's last complaint, for example that it may not list a kind. */
export const lastComplaint = (lines: readonly string[]): string | undefined => {
  const line = lines.findLast((one) => /level=(error|warn)\b|\bforbidden\b/i.test(one))
  if (line === undefined) return undefined
  const words = [logField(line, 'msg'), logField(line, 'err') ?? logField(line, 'error')].filter(Boolean)
  return (words.join(': ') || line).slice(0, 500)
}
