import type { V1Container, V1Pod, V1Volume } from '@kubernetes/client-node'

/** A ConfigMap or Secret that a container may read only when it starts. */
export type Use = Readonly<{
  kind: 'ConfigMap' | 'Secret'
  name: string
  how: string
  /** The kubelet updates the file; whether the program reads it again is not known. */
  isUpdated?: true
}>

export type Source = Pick<Use, 'kind' | 'name'>

const source = (kind: Use['kind'], name: string | undefined): readonly Source[] =>
  name === undefined ? [] : [{ kind, name }]

const sourcesOf = ({ configMap, secret, projected }: V1Volume): readonly Source[] => [
  ...source('ConfigMap', configMap?.name),
  ...source('Secret', secret?.secretName),
  // A service account's token and its CA are read again by every client.
  ...(projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken)
    ? []
    : (projected?.sources ?? [])
  ).flatMap((one) => [...source('ConfigMap', one.configMap?.name), ...source('Secret', one.secret?.name)]),
]

/** Programs that read a mounted file again when the kubelet updates it, by their image. */
const rereading: readonly RegExp[] = [
  /config-?(map-)?reload/, // sidecars that reload the program beside them
  /\/coredns:/, // its plugin reload; kubeadm's Corefile has it
  /\/kube-proxy:/, // ends itself, and starts with the new file
  /\/local-path-provisioner:/,
  /\/(prometheus|alertmanager):/, // read credentials at each use; a reloader brings their configuration
  /\/prometheus-operator:/, // mounts the certificate of its webhook only, and loads that again
]
const rereads = ({ image = '' }: V1Container) => rereading.some((pattern) => pattern.test(image))

/** What a container of a pod reads only when it starts. */
export const usesOf = (pod: V1Pod, container: V1Container): readonly Use[] => {
  const { volumes = [], containers = [] } = pod.spec ?? {}
  const { env = [], envFrom = [], volumeMounts = [] } = container
  const isReloaded = (volume: string) =>
    rereads(container) ||
    containers.some((one) => rereads(one) && one.volumeMounts?.some(({ name }) => name === volume))
  return [
    ...env.flatMap(({ name, valueFrom }) =>
      [
        ...source('ConfigMap', valueFrom?.configMapKeyRef?.name),
        ...source('Secret', valueFrom?.secretKeyRef?.name),
      ].map((one) => ({ ...one, how: `reads into its environment (${name})` })),
    ),
    ...envFrom.flatMap(({ configMapRef, secretRef }) =>
      [...source('ConfigMap', configMapRef?.name), ...source('Secret', secretRef?.name)].map((one) => ({
        ...one,
        how: 'reads into its environment',
      })),
    ),
    ...volumeMounts.flatMap(({ name: volume, mountPath, subPath, subPathExpr }) => {
      const isPart = Boolean(subPath ?? subPathExpr)
      // A mount of a whole volume is updated, one of a single file of it never is.
      if (!isPart && isReloaded(volume)) return []
      const how = isPart
        ? `mounts as the single file ${mountPath}, which the kubelet never updates`
        : `mounts at ${mountPath} and reads when it starts`
      return volumes
        .filter(({ name }) => name === volume)
        .flatMap(sourcesOf)
        .map((one) => ({ ...one, how, ...(!isPart && { isUpdated: true as const }) }))
    }),
  ]
}
