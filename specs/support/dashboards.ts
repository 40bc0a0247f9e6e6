import type { Kubernetes } from '../../clients/kubernetes.ts'

export const customTitle = 'Custom Business Metrics'
const customFile = 'manifests/custom-metrics-dashboard.yaml'
export const sidecarLog =
  'see `kubectl -n monitoring logs deployment/kube-prometheus-stack-grafana -c grafana-sc-dashboard`'

/** Every dashboard in a ConfigMap that the sidecar reads: its file and its title. */
export const shippedDashboards = async ({ core }: Kubernetes) => {
  const { items } = await core.listConfigMapForAllNamespaces({ labelSelector: 'grafana_dashboard=1' })
  return items.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).map(([file, json]) => ({
      file: `${metadata?.namespace}/${metadata?.name}/${file}`,
      title: (JSON.parse(json) as { title?: string }).title ?? '',
    })),
  )
}

/** Why Grafana does not have a dashboard: its ConfigMap, its label, or its JSON; and what to do. */
export const whyNotInGrafana = async ({ core }: Kubernetes, title: string): Promise<string> => {
  const { items } = await core.listConfigMapForAllNamespaces()
  const holder = items.find(({ data = {} }) =>
    Object.values(data).some((text) => text.includes(`"${title}"`)),
  )
  if (!holder)
    return `no ConfigMap holds a dashboard "${title}"\n  remedy: \`E2E_KEEP=1 npm test\` applies ${customFile}, which must hold it`
  const name = `ConfigMap ${holder.metadata?.namespace}/${holder.metadata?.name}`
  const labels = holder.metadata?.labels ?? {}
  if (labels['grafana_dashboard'] !== '1')
    return `${name} is not labelled grafana_dashboard: "1", so the sidecar ignores it; its labels are ${JSON.stringify(labels)}\n  remedy: add the label in ${customFile}`
  for (const [file, text] of Object.entries(holder.data ?? {})) {
    const json = JSON.parse(text) as { title?: string; dashboard?: unknown }
    if (json.title === undefined && json.dashboard !== undefined)
      return `${file} of ${name} is wrapped in {"dashboard": …}: Grafana refuses it with "Dashboard title cannot be empty"\n  remedy: keep only the inner object in ${customFile}`
  }
  return `${name} is correct\n  remedy: ${sidecarLog}`
}
