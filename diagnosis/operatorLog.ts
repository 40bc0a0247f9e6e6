import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'
import { parseLogfmt } from '../lib/logfmt.ts'
import { readLogs } from './componentPods.ts'

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
  const isAbout = (fields: Readonly<Record<string, string>>) =>
    kind === 'PrometheusRule'
      ? fields['prometheusrule'] === name &&
        [fields['prometheusrule-namespace'], fields['namespace']].includes(own)
      : [fields['object'], fields['alertmanagerconfig']].includes(`${own}/${name}`)
  const problems = lines
    .map(parseLogfmt)
    .filter((fields) => isAbout(fields) && /^(warn|info|error)/i.test(fields['level'] ?? ''))
    .flatMap(({ err, error }) => err ?? error ?? [])
    // "invalid rule" only sums up the lines before it.
    .filter((problem) => problem !== 'invalid rule')
  return [...new Set(problems.slice(-5))]
}

/** The operator's last complaint, for example that it may not list a kind. */
export const lastComplaint = (lines: readonly string[]): string | undefined => {
  const line = lines.findLast((one) => /level=(error|warn)\b|\bforbidden\b/i.test(one))
  if (line === undefined) return undefined
  const { msg, err, error } = parseLogfmt(line)
  const words = [msg, err ?? error].filter(Boolean)
  return (words.join(': ') || line).slice(0, 500)
}
