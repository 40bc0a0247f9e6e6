import { createHash } from 'node:crypto'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { operatedWorkload, type ObjectName, type OperatedComponents } from '../config/components.ts'
import type { Prometheus } from '../clients/prometheus.ts'
import type { Alertmanager } from '../clients/alertmanager.ts'
import type { Reload } from '../clients/reload.ts'
import { configDifferences } from './configDifferences.ts'
import { describeTime } from './lastChange.ts'
import { readLogs } from './componentPods.ts'
import { operatorLogCommand } from './operatorLog.ts'
import { readerIn, type Reader } from './monitoringObjects.ts'
import { readWrittenConfig, type WrittenConfig } from './writtenConfig.ts'
import { parseLogfmt } from '../lib/logfmt.ts'
import { few } from '../lib/messages.ts'

const loading = 'Loading configuration file'

/** What a server said when it last tried to load its configuration, without the sums of what it said before. */
export const reloadErrors = (lines: readonly string[]): readonly string[] => {
  const start = lines.findLastIndex((line) => parseLogfmt(line)['msg'] === loading)
  const errors = lines
    .slice(Math.max(start, 0))
    .filter((line) => /level=error/i.test(line))
    .flatMap((line) => parseLogfmt(line)['err'] ?? [])
    .filter((error) => !error.startsWith('one or more errors occurred'))
  return [...new Set(errors)]
}

/** The last complaint of the reloader that fetches the configuration, if its last word was one. */
export const reloaderProblem = (lines: readonly string[]): string | undefined => {
  const line = lines.findLast((one) => /level=(error|warn|info)/i.test(one)) ?? ''
  if (!/level=(error|warn)/i.test(line)) return undefined
  const { msg, err } = parseLogfmt(line)
  return [msg, err].filter(Boolean).join(': ')
}

type Finding = Readonly<{
  reader: Reader
  /** The name of its resource. */
  object: ObjectName
  reload: Reload
  written: WrittenConfig
  /** How what is loaded differs from what was written; empty if it does not. */
  differences: readonly string[]
  serverSays: readonly string[]
  reloaderSays: string | undefined
}>

const shown = 3

/** Why a server does not run with its newest configuration, and what a restart would do. */
export const describeLoaded = (finding: Finding): string => {
  const { reader, object, reload, written, differences, serverSays, reloaderSays } = finding
  const stillRuns = `it still runs with that of ${describeTime(reload.loadedAt)}`
  const logs = (container: string) =>
    `\`kubectl -n ${object.namespace} logs ${operatedWorkload(reader, object).name}-0 -c ${container}\``
  if (!reload.successful)
    return (
      `${reader} cannot load its newest configuration: ${few(serverSays, shown, '; ') || `${logs(reader.toLowerCase())} shows why`}\n` +
      `  ${stillRuns}; its next restart fails, because it does not start with a configuration that it cannot load\n` +
      '  remedy: correct what it names, in values/ or in the Secret from which the operator copied it'
    )
  return [
    `${reader} does not run with the newest configuration, which the operator wrote to Secret ${written.secret} at ${describeTime(written.change.at)}: ${few(differences, shown, '; ')}`,
    `${stillRuns}; its next restart loads the new one`,
    ...(reloaderSays === undefined ? [] : [`its config reloader says: ${reloaderSays}`]),
    `remedy: the kubelet updates the file within a minute or two; if this lasts, ${logs('config-reloader')} shows why`,
  ].join('\n  ')
}

const explain = async (
  kubernetes: Kubernetes,
  finding: Omit<Finding, 'serverSays' | 'reloaderSays'>,
): Promise<readonly string[]> => {
  const { reader, object } = finding
  const workload = operatedWorkload(reader, object)
  const [server, reloader] = await Promise.all(
    [reader.toLowerCase(), 'config-reloader'].map((container) =>
      readLogs(kubernetes, workload, { container, tailLines: 500 }),
    ),
  )
  return [
    describeLoaded({
      ...finding,
      serverSays: reloadErrors(server ?? []),
      reloaderSays: reloaderProblem(reloader ?? []),
    }),
  ]
}

const noConfig = (reader: Reader, components: OperatedComponents) => {
  const { namespace, name } = readerIn(components, reader)
  return [
    `the operator has written no configuration for ${reader} ${namespace}/${name}\n` +
      `  remedy: ${operatorLogCommand(components.operator)} shows why`,
  ]
}

/** Why Prometheus does not run with the configuration that the operator wrote last. */
export const prometheusConfigShortfalls = async (
  kubernetes: Kubernetes,
  components: OperatedComponents,
  prometheus: Prometheus,
): Promise<readonly string[]> => {
  const [written, reload, loaded] = await Promise.all([
    readWrittenConfig(kubernetes, 'Prometheus', components.prometheus),
    prometheus.reload(),
    prometheus.loadedConfig(),
  ])
  if (!written) return noConfig('Prometheus', components)
  const { jobs, values } = configDifferences(written.text, loaded)
  // A value that Prometheus prints differently is no difference: one that counts has changed since it was loaded.
  const changedSince = written.change.at + 1000 > reload.loadedAt
  const differences = [...jobs, ...(changedSince ? values : [])]
  return reload.successful && differences.length === 0
    ? []
    : explain(kubernetes, {
        ...{ reader: 'Prometheus', object: components.prometheus },
        ...{ reload, written, differences },
      })
}

/** Alertmanager's own hash of a configuration: the first 48 bits of its MD5. */
export const alertmanagerHash = (text: string): number =>
  createHash('md5').update(text).digest().readUIntLE(0, 6)

/** Why Alertmanager does not run with the configuration that the operator wrote last. */
export const alertmanagerConfigShortfalls = async (
  kubernetes: Kubernetes,
  components: OperatedComponents,
  alertmanager: Alertmanager,
): Promise<readonly string[]> => {
  const [written, reload] = await Promise.all([
    readWrittenConfig(kubernetes, 'Alertmanager', components.alertmanager),
    alertmanager.reload(),
  ])
  if (!written) return noConfig('Alertmanager', components)
  // The reloader puts in the values of environment variables.
  const isComparable = reload.hash !== undefined && !/\$\(\w+\)/.test(written.text)
  const differences =
    isComparable && reload.hash !== alertmanagerHash(written.text)
      ? ['the hash of what it loaded is another than that of the Secret']
      : []
  return reload.successful && differences.length === 0
    ? []
    : explain(kubernetes, {
        ...{ reader: 'Alertmanager', object: components.alertmanager },
        ...{ reload, written, differences },
      })
}
