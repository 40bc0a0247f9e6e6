import { connectPrometheus } from '../clients/prometheus.ts'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { ourServers } from '../config/endpoints.ts'
import { eventually } from '../lib/eventually.ts'

const namespace = 'monitoring'
/** The namespace and label of the Prometheus pods. */
export const prometheusPods = { namespace, labelSelector: 'app.kubernetes.io/name=prometheus' } as const
const stampRule = 'observability_e2e:stamp'

const stampRules = (stamp: number) => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'observability-e2e-stamp', namespace, labels: { release: 'kube-prometheus-stack' } },
  spec: {
    groups: [{ name: 'observability-e2e-stamp', rules: [{ record: stampRule, expr: `vector(${stamp})` }] }],
  },
})

/** Changes an annotation of the Prometheus pods: the kubelet then updates what they mount. */
export const touchPrometheus = async ({ core }: Kubernetes): Promise<void> => {
  const { items } = await core.listNamespacedPod(prometheusPods)
  for (const { metadata } of items) {
    const value = { ...metadata?.annotations, 'observability-e2e/touched': new Date().toISOString() }
    const body = [{ op: 'add', path: '/metadata/annotations', value }]
    await core.patchNamespacedPod({ name: metadata?.name ?? '', namespace, body })
  }
}

/** A rule that tells the configuration that Prometheus has loaded from the one before. */
const applyStamp = (kubernetes: Kubernetes, stamp: number): Promise<void> =>
  kubernetes.apply(stampRules(stamp), 'observability-e2e')

/**
 * Waits until Prometheus has tried to load a configuration that it refuses.
 * @param within milliseconds
 */
export const reloadUntilRefused = async (kubernetes: Kubernetes, within: number): Promise<void> => {
  await applyStamp(kubernetes, Date.now())
  const prometheus = connectPrometheus(ourServers.prometheus)
  await eventually(
    'Prometheus refuses its newest configuration',
    async () => {
      await touchPrometheus(kubernetes)
      if ((await prometheus.reload()).successful) throw new Error('its last reload was successful')
    },
    { within },
  )
}

/**
 * Waits until Prometheus runs with the current monitors and rules. Without help that takes minutes: the kubelet updates a
 * mounted Secret once a minute unless its pod changes, and after a first update the config reloader checks its
 * configuration every three minutes, but at once if a rule file changes.
 * @param within milliseconds
 * @see https://github.com/prometheus-operator/prometheus-operator/pull/7366
 */
export const reloadPrometheus = async (kubernetes: Kubernetes, within: number): Promise<void> => {
  const stamp = Date.now()
  await applyStamp(kubernetes, stamp)
  const prometheus = connectPrometheus(ourServers.prometheus)
  await eventually(
    'Prometheus runs with the latest rules',
    async () => {
      await touchPrometheus(kubernetes)
      const loaded = (await prometheus.rules()).find(({ name }) => name === stampRule)?.query
      if (loaded !== `vector(${stamp})`) throw new Error(`it has ${loaded}, not vector(${stamp})`)
    },
    { within },
  )
}

/** Removes what reloadPrometheus() leaves behind, if it was called. */
export const removeStamp = async (kubernetes: Kubernetes): Promise<void> => {
  try {
    await kubernetes.objects().delete(stampRules(0))
  } catch (error) {
    if (apiStatus(error) !== 404) throw error
  }
}
