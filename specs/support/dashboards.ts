import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { ObjectName } from '../../config/components.ts'
import { duplicatesAmong, isUnique, judgeFile, type JudgedFile } from '../../diagnosis/dashboardFiles.ts'
import { readDashboardFiles, type Overlooked, type Sidecar } from '../../diagnosis/dashboardSidecar.ts'
import { explainFromLogs, readGrafanaLogs } from '../../diagnosis/storedDashboards.ts'

export const customTitle = 'Custom Business Metrics'
const customFile = 'manifests/custom-metrics-dashboard.yaml'
/** Of manifests/canary-dashboard.yaml. */
export const canary = { uid: 'e2e-canary', title: 'Provisioning canary' }

/** The dashboard files of the cluster, each judged. */
export type Files = Readonly<{
  sidecar: Sidecar
  files: readonly JudgedFile[]
  overlooked: readonly Overlooked[]
}>

export const readFiles = async (kubernetes: Kubernetes, grafana: ObjectName): Promise<Files> => {
  const { sidecar, files, overlooked } = await readDashboardFiles(kubernetes, grafana)
  return { sidecar, overlooked, files: files.map((file) => judgeFile(sidecar, file)) }
}

/** Without those that share their path or uid with another: Grafana has one of them, and which is chance. */
export const uniqueFiles = ({ files }: Files): readonly JudgedFile[] =>
  files.filter((file) => isUnique(file, files))

/** Why Grafana does not have a dashboard: its ConfigMap, its label, its JSON, or a duplicate; and what to do. */
export const whyNotInGrafana = async (
  kubernetes: Kubernetes,
  grafana: ObjectName,
  { title, manifest = customFile }: Readonly<{ title: string; manifest?: string }>,
): Promise<string> => {
  const found = await readFiles(kubernetes, grafana)
  const { sidecar, files, overlooked } = found
  const holder = files.find(({ text }) => text?.includes(`"${title}"`))
  if (!holder) {
    const { items } = await kubernetes.core.listConfigMapForAllNamespaces()
    const other = items.find(({ data = {} }) =>
      Object.values(data).some((text) => text.includes(`"${title}"`)),
    )
    if (!other)
      return `no ConfigMap holds a dashboard "${title}"\n  remedy: \`E2E_KEEP=1 npm test\` applies ${manifest}, which must hold it`
    const source = `ConfigMap ${other.metadata?.namespace}/${other.metadata?.name}`
    const why =
      overlooked.find((one) => one.source === source)?.why ??
      `is not labelled ${sidecar.label}: "${sidecar.value}", so the sidecar ignores it; its labels are ${JSON.stringify(other.metadata?.labels ?? {})}`
    return `${source} ${why}\n  remedy: add the label in ${manifest}`
  }
  const { source, key, path, trouble } = holder
  if (trouble !== undefined) return `${key} of ${source} ${trouble}`
  const duplicates = duplicatesAmong(sidecar, files)
  if (duplicates.length > 0) return duplicates.join('\n')
  return `${key} of ${source} is correct${explainFromLogs(path, await readGrafanaLogs(kubernetes, grafana))}`
}
