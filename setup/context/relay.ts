import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { ApiServer } from '../../clients/kubernetes.ts'
import { messageOf } from '../../lib/messages.ts'

/** A port of a Service, and how a pod behind it is reached without the Service. */
export type Backend = Readonly<{
  namespace: string
  service: string
  port: number
  scheme: 'http' | 'https'
  /** Whether the service proxy may be used; if not, everything goes through port-forwards. */
  proxied: boolean
  /** A pod that is ready now, and the port of the container. */
  pod: () => Promise<Readonly<{ name: string; port: number }>>
}>

export type Relay = Readonly<{ url: string; close: () => Promise<void> }>

// Requests of other methods that only read: searches with a body, dry runs of the servers, and the end of a scroll.
const reads: readonly Readonly<{ method: string; path: RegExp }>[] = [
  { method: 'POST', path: /^\/api\/ds\/query$/ },
  { method: 'POST', path: /^(\/[^/_][^/]*)?\/_(search|count|field_caps)$/ },
  { method: 'POST', path: /^\/_search\/scroll$/ },
  { method: 'DELETE', path: /^\/_search\/scroll(\/|$)/ },
  { method: 'POST', path: /^\/_cluster\/allocation\/explain$/ },
  { method: 'POST', path: /^\/_index_template\/_simulate(_index)?\// },
  { method: 'POST', path: /^\/internal\/search\/opensearch$/ },
]

/** Whether a request leaves the server as it is. */
export const isRead = (method: string, path: string): boolean => {
  const [own = ''] = path.split('?', 1)
  return ['GET', 'HEAD'].includes(method) || reads.some((row) => row.method === method && row.path.test(own))
}

const proxyPath = /^.*?\/api\/v1\/namespaces\/[^/]+\/services\/[^/]+\/proxy(?=\/)/

// These headers belong to one connection, not to the request.
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'host']
const passedOn = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value !== undefined && !hopByHop.includes(name)),
  )

/** Through the service proxy: the API server chooses a pod, as a client inside the cluster would reach it. */
const viaProxy = async (server: ApiServer, { namespace, service, port, scheme }: Backend, path: string) => {
  const access = await server.access()
  const base = new URL(server.url)
  const prefix = base.pathname.replace(/\/$/, '')
  const name = scheme === 'https' ? `https:${service}:${port}` : `${service}:${port}`
  const options: RequestOptions = {
    ...access,
    host: base.hostname,
    port: base.port,
    path: `${prefix}/api/v1/namespaces/${namespace}/services/${name}/proxy${path}`,
  }
  return { secure: base.protocol === 'https:', options, headers: access.headers as OutgoingHttpHeaders }
}

/** Through a port-forward: the service proxy consumes the Authorization header, and other methods than GET need more permissions. */
const viaForward = async (server: ApiServer, { namespace, scheme, pod }: Backend, path: string) => {
  const { name, port } = await pod()
  const raw = await server.forward(namespace, name, port)
  // Certificates inside a cluster are usually signed by a CA that is unknown outside.
  const connection = scheme === 'https' ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw
  // @types/node wants a Socket, but any stream will do.
  const createConnection = () => connection as ReturnType<typeof connectTls>
  return { secure: false, options: { path, createConnection }, headers: {} }
}

const refuse = (response: ServerResponse, status: number, text: string) => {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
}

const relayRequest = async (
  server: ApiServer,
  backend: Backend,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { method = 'GET', url = '/', headers } = incoming
  if (!isRead(method, url)) {
    refuse(response, 403, `${method} ${url} is not passed on: this run only reads the cluster`)
    return
  }
  const isPlain = method === 'GET' && headers.authorization === undefined
  const way = await (isPlain && backend.proxied ? viaProxy : viaForward)(server, backend, url)
  const options: RequestOptions = {
    ...way.options,
    method,
    headers: { ...passedOn(headers), ...way.headers },
  }
  const outgoing = (way.secure ? httpsRequest : httpRequest)(options, (answer) => {
    const { location, ...others } = passedOn(answer.headers)
    // The API server prefixes the path of a redirect with that of its proxy.
    const redirect = location === undefined ? {} : { location: String(location).replace(proxyPath, '') }
    response.writeHead(answer.statusCode ?? 502, { ...others, ...redirect })
    pipeline(answer, response, () => {})
  })
  // Closes the connection, as a server that is down would.
  outgoing.on('error', () => response.destroy())
  response.on('close', () => outgoing.destroy())
  pipeline(incoming, outgoing, () => {})
}

/**
 * Serves a server of the cluster on a loopback port of this machine, for requests that only read. If the server cannot be
 * reached, the relay behaves like one that is down: it closes the connection.
 */
export const startRelay = async (server: ApiServer, backend: Backend): Promise<Relay> => {
  const listener = createServer((incoming, response) => {
    relayRequest(server, backend, incoming, response).catch((error: unknown) =>
      refuse(response, 502, messageOf(error)),
    )
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        listener.closeAllConnections()
      }),
  }
}
