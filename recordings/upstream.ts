import { readFile } from 'node:fs/promises'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { parse } from 'yaml'
import type { Answer, Asked, Respond, Silence } from './exchange.ts'
import { readMessages } from './frames.ts'
import { direct } from './redirect.ts'

type Kubeconfig = Readonly<{
  clusters: readonly Readonly<{
    cluster: Readonly<{ server: string; 'certificate-authority-data': string }>
  }>[]
  users: readonly Readonly<{
    user: Readonly<{ 'client-certificate-data': string; 'client-key-data': string }>
  }>[]
}>

/** How to connect to the API server as the administrator of a kind cluster. */
const readAccess = async (kubeconfig: string): Promise<RequestOptions> => {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user]
  const { hostname, port } = new URL(cluster?.server ?? '')
  const decode = (data = '') => Buffer.from(data, 'base64')
  return {
    ...{ host: hostname, port },
    ca: decode(cluster?.['certificate-authority-data']),
    cert: decode(user?.['client-certificate-data']),
    key: decode(user?.['client-key-data']),
  }
}

const headOf = ({ statusCode = 0, headers }: IncomingMessage) => ({
  status: statusCode,
  contentType: headers['content-type'] ?? '',
  date: headers.date ?? '',
  ...(headers.location !== undefined && { location: headers.location }),
})

/** What a command writes until its connection is closed. */
const readCommand = async (request: ClientRequest): Promise<Answer> => {
  const answered = Promise.withResolvers<Answer>()
  request.once('response', (response) => {
    void buffer(response).then((body) => answered.resolve({ ...headOf(response), body: body.toString() }))
  })
  request.once('upgrade', (response, socket, head) => {
    const chunks: Buffer[] = [head]
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.once('close', () => {
      const written = readMessages(Buffer.concat(chunks)).filter(({ opcode }) => opcode <= 2)
      answered.resolve({
        ...headOf(response),
        contentType: response.headers['sec-websocket-protocol'] ?? '',
        body: JSON.stringify(written.map(({ data }) => [data[0], data.subarray(1).toString()])),
      })
    })
    socket.on('data', () => {
      // The API server waits for the client to close, too.
      if (readMessages(Buffer.concat(chunks)).some(({ opcode }) => opcode === 8)) socket.end()
    })
    socket.on('error', () => {})
  })
  request.on('error', answered.reject)
  request.end()
  return answered.promise
}

const readAnswer = async (request: ClientRequest, body: string): Promise<Answer> => {
  const answered = Promise.withResolvers<IncomingMessage>()
  request.once('response', answered.resolve)
  request.on('error', answered.reject)
  request.end(body || undefined)
  const response = await answered.promise
  return { ...headOf(response), body: (await buffer(response)).toString() }
}

/** Asks the servers themselves: the API server with the administrator's credentials, all others with the client's. */
export const connectUpstream = async (kubeconfig: string): Promise<Respond> => {
  const access = await readAccess(kubeconfig)
  return async (asked: Asked, headers): Promise<Answer | Silence> => {
    const { server, method, path, body } = asked
    const isCommand = method === 'EXEC'
    const options = {
      ...{ method: isCommand ? 'GET' : method, path, agent: false, ...direct },
      headers: { ...headers, 'accept-encoding': 'identity' },
    } as RequestOptions
    const request =
      server === 'kubernetes'
        ? httpsRequest({ ...access, ...options })
        : httpRequest({ host: '127.0.0.1', port: server, ...options })
    try {
      return await (isCommand ? readCommand(request) : readAnswer(request, body))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      return { ...(code === undefined ? {} : { code }), silence: message }
    }
  }
}
