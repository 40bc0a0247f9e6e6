import { readFileSync } from 'node:fs'
import { Agent, type RequestOptions } from 'node:https'
import type {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  DiscoveryV1Api,
  KubernetesObject,
  KubernetesObjectApi,
} from '@kubernetes/client-node'
import { httpClient } from './http.ts'

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
  /**
   * The same at the path of the object, and just as it is: the client drops what its models spell otherwise, as the
   * `x-kubernetes-int-or-string` of a schema. HttpError if the API server refuses it.
   */
  applyAt: (path: string, object: KubernetesObject, fieldManager: string) => Promise<void>
  /** The body of the answer to a GET of any path: for kinds that nobody knows beforehand. */
  get: (path: string) => Promise<unknown>
  /** The API server's own, with a v: `v1.34.4`. */
  version: () => Promise<string>
  /** Has the API server go through with a replacement of the object at a path, and not keep it: HttpError if it refuses. */
  tryReplace: (path: string, object: unknown) => Promise<void>
}>

export const connectKubernetes = async (kubeconfig: string): Promise<Kubernetes> => {
  // A thousand modules, one second: loaded while the cluster starts, not before.
  const client = await import('@kubernetes/client-node')
  const config = new client.KubeConfig()
  config.loadFromString(readFileSync(kubeconfig, 'utf8'))
  const access: RequestOptions = {}
  await config.applyToHTTPSOptions(access)
  const { ca, cert, key } = access
  const http = httpClient({
    baseURL: config.getCurrentCluster()?.server ?? '',
    httpsAgent: new Agent({ ca, cert, key, keepAlive: true, maxSockets: 8 }),
  })
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
    applyAt: async (path, object, fieldManager) => {
      // JSON is YAML.
      const headers = { 'content-type': 'application/apply-patch+yaml' }
      await http('PATCH', path, {
        params: { fieldManager, force: true },
        data: JSON.stringify(object),
        headers,
      })
    },
    version: async () => ((await http('GET', '/version')).body as { gitVersion: string }).gitVersion,
    get: async (path) => (await http('GET', path)).body,
    tryReplace: async (path, object) => {
      // Strict: a field that the schema does not have is refused instead of dropped.
      await http('PUT', path, { params: { dryRun: 'All', fieldValidation: 'Strict' }, data: object })
    },
  }
}

/** The HTTP status of an API error, or undefined where it is none. */
export const apiStatus = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined
