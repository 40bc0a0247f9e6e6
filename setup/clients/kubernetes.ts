import { readFileSync } from 'node:fs'
import {
  ApiException,
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  DiscoveryV1Api,
  KubeConfig,
  KubernetesObjectApi,
} from '@kubernetes/client-node'

/** The API groups that the harness talks to, on one cluster. */
export type Kubernetes = Readonly<{
  core: CoreV1Api
  apps: AppsV1Api
  batch: BatchV1Api
  discovery: DiscoveryV1Api
  custom: CustomObjectsApi
  /** A client for any kind; a new one each time, since it remembers which kinds a group has. */
  objects: () => KubernetesObjectApi
}>

export const connectKubernetes = (kubeconfig: string): Kubernetes => {
  const config = new KubeConfig()
  config.loadFromString(readFileSync(kubeconfig, 'utf8'))
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    discovery: config.makeApiClient(DiscoveryV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    objects: () => KubernetesObjectApi.makeApiClient(config),
  }
}

/** The HTTP status of an API error, or undefined where it is none. */
export const apiStatus = (error: unknown): number | undefined =>
  error instanceof ApiException ? error.code : undefined
