import { readFileSync } from 'node:fs'
import type {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  DiscoveryV1Api,
  KubernetesObject,
  KubernetesObjectApi,
} from '@kubernetes/client-node'

/** The API groups that the harness talks to, on one cluster. */
export type Kubernetes = Readonly<{
  core: CoreV1Api
  apps: AppsV1Api
  discovery: DiscoveryV1Api
  custom: CustomObjectsApi
  /** Objects of any kind by apiVersion, kind and name. */
  objects: () => KubernetesObjectApi
  /** Server-side apply of an object of any kind; what others own of it is taken over. */
  apply: (object: KubernetesObject, fieldManager: string) => Promise<void>
}>

export const connectKubernetes = async (kubeconfig: string): Promise<Kubernetes> => {
  // A thousand modules, one second: loaded while the cluster starts, not before.
  const client = await import('@kubernetes/client-node')
  const config = new client.KubeConfig()
  config.loadFromString(readFileSync(kubeconfig, 'utf8'))
  // A new one each time: it remembers which kinds a group has, and a chart may bring more.
  const objects = () => client.KubernetesObjectApi.makeApiClient(config)
  return {
    core: config.makeApiClient(client.CoreV1Api),
    apps: config.makeApiClient(client.AppsV1Api),
    discovery: config.makeApiClient(client.DiscoveryV1Api),
    custom: config.makeApiClient(client.CustomObjectsApi),
    objects,
    apply: async (object, fieldManager) => {
      const { ServerSideApply } = client.PatchStrategy
      await objects().patch(object, undefined, undefined, fieldManager, true, ServerSideApply)
    },
  }
}

/** The HTTP status of an API error, or undefined where it is none. */
export const apiStatus = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined
