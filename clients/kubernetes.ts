import { readFileSync } from 'node:fs'
import { Agent, type RequestOptions } from 'node:https'
import { Duplex, PassThrough, Writable } from 'node:stream'
import type {
  AppsV1Api,
  Configuration,
  CoreV1Api,
  CustomObjectsApi,
  DiscoveryV1Api,
  KubernetesObject,
  KubernetesObjectApi,
  NetworkingV1Api,
  V1ObjectMeta,
} from '@kubernetes/client-node'
import { isObject } from '../lib/json.ts'
import { httpClient, textAnswer, type Http, type TextAnswer } from './http.ts'

export type ContainerReference = Readonly<{ namespace: string; pod: string; container: string }>
export type Output = Readonly<{ succeeded: boolean; stdout: string; stderr: string }>

/** The API server for requests that are passed on to pods. */
export type ApiServer = Readonly<{
  url: string
  /** The credentials of a request, as they are now: a token may be valid for minutes only. */
  access: () => Promise<RequestOptions>
  /** A connection to a port of a pod, as `kubectl port-forward` makes it. */
  forward: (namespace: string, pod: string, port: number) => Promise<Duplex>
}>

/** The APIs of one cluster that the harness uses. */
export type Kubernetes = Readonly<{
  server: ApiServer
  /** Whether every request that would change or run something fails before it is sent. */
  readOnly: boolean
  core: CoreV1Api
  apps: AppsV1Api
  discovery: DiscoveryV1Api
  networking: NetworkingV1Api
  custom: CustomObjectsApi
  /** Objects of any kind by apiVersion, kind and name. */
  objects: () => KubernetesObjectApi
  /** Server-side apply of an object of any kind; takes over fields of other managers. */
  apply: (object: KubernetesObject, fieldManager: string) => Promise<void>
  /**
   * The same at the path of the object, with the object unchanged: the client drops fields that its models spell
   * differently, such as `x-kubernetes-int-or-string` of a schema. HttpError if the API server rejects it.
   */
  applyAt: (path: string, object: KubernetesObject, fieldManager: string) => Promise<void>
  /** The body of a GET of any path: for kinds that are only known at run time. */
  get: (path: string) => Promise<unknown>
  /** What a Service answers to a GET through the API server; `port` is a number or a name. */
  askService: (
    service: Readonly<{ namespace: string; name: string; port: string }>,
    path: string,
  ) => Promise<TextAnswer>
  /** The metadata of the objects in the list at a path: a Secret's value never leaves the API server. */
  listMetadata: (path: string) => Promise<readonly V1ObjectMeta[]>
  /** Runs a command in a container, as `kubectl exec` does. Its exit code is no error. */
  exec: (container: ContainerReference, command: readonly string[]) => Promise<Output>
  /** The version of the API server: `v1.34.4`. */
  version: () => Promise<string>
  /** The clock of the API server in milliseconds since 1970, cut to the second. */
  clock: () => Promise<number>
  /** Replaces the object at a path as a dry run: HttpError if the API server rejects it. */
  tryReplace: (path: string, object: unknown) => Promise<void>
}>

/** A stream that keeps what is written to it. */
const collect = () => {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

/** The two ends of a connection over a port-forward: what the pod sends, and what it is sent. */
const forwardedConnection = () => {
  const [received, sent] = [new PassThrough(), new PassThrough()]
  return { received, sent, connection: Duplex.from({ readable: received, writable: sent }) }
}

/**
 * @param kubeconfig the path of a file, or its content as JSON: that of a cluster that already runs is never written to disk
 */
export const connectKubernetes = async (
  kubeconfig: string,
  { readOnly = false }: Readonly<{ readOnly?: boolean }> = {},
): Promise<Kubernetes> => {
  // Loading its thousand modules takes a second: do it while the cluster starts.
  const client = await import('@kubernetes/client-node')
  const config = new client.KubeConfig()
  config.loadFromString(kubeconfig.startsWith('{') ? kubeconfig : readFileSync(kubeconfig, 'utf8'))
  const accessNow = async (): Promise<RequestOptions> => {
    const access: RequestOptions = {}
    await config.applyToHTTPSOptions(access)
    return access
  }
  const { ca, cert, key, rejectUnauthorized, servername, agent } = await accessNow()
  const { server: baseURL = '', proxyUrl } = config.getCurrentCluster() ?? {}
  // The client's own agent knows the way through a proxy, but opens a connection for each request.
  const agentWith = (maxSockets: number) =>
    proxyUrl === undefined
      ? new Agent({ ca, cert, key, rejectUnauthorized, servername, keepAlive: true, maxSockets })
      : agent
  const send = httpClient({ baseURL, httpsAgent: agentWith(8) })
  const refuseChange = (method: string, path: string) => {
    // An access review is a POST, but changes nothing.
    if (readOnly && method !== 'GET' && !path.endsWith('accessreviews'))
      throw new Error(`${method} ${path}: this run only reads the cluster`)
  }
  const http: Http = async (method, path, options = {}) => {
    refuseChange(method, path)
    const { headers, auth } = await accessNow()
    const basic = auth && { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }
    const all = { ...(headers as Record<string, string>), ...basic, ...options.headers }
    return send(method, path, { ...options, headers: all })
  }
  // The API server forwards requests for logs and proxies to kubelets and pods. Those to a dead node hang, and must not
  // hold up the others by taking all connections.
  const forwarded = { httpsAgent: agentWith(Infinity) }
  const apiOf = <T>(Api: new (configuration: Configuration) => T): T =>
    new Api(
      client.createConfiguration({
        baseServer: new client.ServerConfiguration(baseURL, {}),
        authMethods: { default: config },
        promiseMiddleware: [
          {
            pre: async (request) => {
              refuseChange(request.getHttpMethod(), new URL(request.getUrl()).pathname)
              return request
            },
            post: async (answer) => answer,
          },
        ],
      }),
    )
  // The client's own makeApiClient would let every request pass.
  config.makeApiClient = apiOf
  // A new client each time: it caches the kinds of a group, and a chart may add some.
  const objects = () => client.KubernetesObjectApi.makeApiClient(config)
  const forwarder = new client.PortForward(config)
  return {
    readOnly,
    server: {
      url: baseURL,
      access: accessNow,
      forward: async (namespace, pod, port) => {
        const { received, sent, connection } = forwardedConnection()
        const problems = new PassThrough().on('data', (text) => received.destroy(new Error(String(text))))
        const forwarding = forwarder.portForward(namespace, pod, [port], received, problems, sent)
        // The client's own type is from a package that ships no types; what it rejects with is an event.
        const socket = (await forwarding.catch((event: unknown) => {
          const { message } = event as Readonly<{ message: string }>
          throw new Error(`port-forward to ${namespace}/${pod}: ${message}`)
        })) as WebSocket
        socket.onclose = () => received.end()
        connection.once('close', () => socket.close())
        return connection
      },
    },
    core: config.makeApiClient(client.CoreV1Api),
    apps: config.makeApiClient(client.AppsV1Api),
    discovery: config.makeApiClient(client.DiscoveryV1Api),
    networking: config.makeApiClient(client.NetworkingV1Api),
    custom: config.makeApiClient(client.CustomObjectsApi),
    objects,
    apply: async (object, fieldManager) => {
      // The client would first ask for the path of the kind.
      if (readOnly) throw new Error(`apply of ${object.kind}: this run only reads the cluster`)
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
    version: async () => {
      const { body } = await http('GET', '/version')
      if (!isObject(body) || typeof body['gitVersion'] !== 'string')
        throw new Error(
          `${baseURL}/version is not that of an API server; did a proxy or a login page answer?`,
        )
      return body['gitVersion']
    },
    clock: async () => Date.parse((await http('GET', '/version')).date),
    get: async (path) => (await http('GET', path, /\/(log\?|proxy\b)/.test(path) ? forwarded : {})).body,
    askService: ({ namespace, name, port }, path) =>
      textAnswer(http, `/api/v1/namespaces/${namespace}/services/${name}:${port}/proxy${path}`, forwarded),
    listMetadata: async (path) => {
      const headers = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }
      const { body } = await http('GET', path, { headers })
      // An empty list is null.
      const { items } = body as { items: { metadata: V1ObjectMeta }[] | null }
      return (items ?? []).map(({ metadata }) => metadata)
    },
    exec: async ({ namespace, pod, container }, command) => {
      if (readOnly) throw new Error(`exec in ${namespace}/${pod}: this run only reads the cluster`)
      const [stdout, stderr] = [collect(), collect()]
      const ended = Promise.withResolvers<boolean>()
      // The client's own type is from a package that ships no types.
      const socket = (await new client.Exec(config).exec(
        namespace,
        pod,
        container,
        [...command],
        stdout.stream,
        stderr.stream,
        null,
        false,
        ({ status }) => ended.resolve(status === 'Success'),
      )) as WebSocket
      // Closed without a status: the container or its node is gone.
      socket.onclose = () => ended.resolve(false)
      const succeeded = await ended.promise
      socket.close()
      return { succeeded, stdout: stdout.text(), stderr: stderr.text() }
    },
    tryReplace: async (path, object) => {
      // Strict: unknown fields are rejected instead of dropped.
      await http('PUT', path, { params: { dryRun: 'All', fieldValidation: 'Strict' }, data: object })
    },
  }
}

/** The HTTP status of an API error; undefined for other errors. */
export const apiStatus = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined
