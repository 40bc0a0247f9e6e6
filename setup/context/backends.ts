import type { V1PodTemplateSpec, V1Service } from '@kubernetes/client-node'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { matches } from '../../clients/selectors.ts'
import { isReady } from '../../diagnosis/pods.ts'

/** The Service in front of pods with these labels, and its port for a port of their containers. */
export const serviceOf = (
  services: readonly V1Service[],
  namespace: string,
  template: V1PodTemplateSpec,
  wanted: number,
) => {
  const named = (template.spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
  const numberOf = (port: string | number | undefined) =>
    typeof port === 'string' ? named.find(({ name }) => name === port)?.containerPort : port
  const own = services.filter(
    ({ metadata, spec: { selector } = {} }) =>
      metadata?.namespace === namespace &&
      selector !== undefined &&
      matches({ matchLabels: selector }, template.metadata?.labels),
  )
  // A Service with a cluster IP comes before a headless one: it is the one that users reach.
  return own
    .toSorted((a, b) => Number(a.spec?.clusterIP === 'None') - Number(b.spec?.clusterIP === 'None'))
    .flatMap(({ metadata, spec }) =>
      (spec?.ports ?? []).flatMap(({ port, targetPort }) => {
        const containerPort = numberOf(targetPort ?? port)
        return containerPort === wanted
          ? [
              {
                namespace,
                service: metadata?.name ?? '',
                port,
                containerPort,
                selector: spec?.selector ?? {},
              },
            ]
          : []
      }),
    )[0]
}

/** A pod behind a Service that is ready now. */
export const readyPod =
  ({ core }: Kubernetes, namespace: string, selector: Readonly<Record<string, string>>, port: number) =>
  async () => {
    const labelSelector = Object.entries(selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')
    const { items } = await core.listNamespacedPod({ namespace, labelSelector })
    const ready = items.find(isReady)
    if (!ready) throw new Error(`no pod with ${labelSelector} in namespace ${namespace} is Ready`)
    return { name: ready.metadata?.name ?? '', port }
  }
