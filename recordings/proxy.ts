import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { isSilence, type Answer, type Asked, type Respond, type Silence } from './exchange.ts'
import { binary, closing, writeMessage } from './frames.ts'
import { redirectPorts, type Connections } from './redirect.ts'

export type Proxy = Readonly<{
  /** A kubeconfig whose API server is the proxy. */
  kubeconfig: string
  close: () => void
}>

type Origins = Readonly<{
  /** The ports of this machine at which the servers are; the proxy answers in their place. */
  ports: readonly number[]
  /** Values of the `Authorization` header with which our own clients log in. */
  ownLogins: readonly string[]
}>

const askedOf = (
  { method = '', url = '', headers, socket }: IncomingMessage,
  body: string,
  ownLogins: readonly string[],
): Asked => {
  const port = headers.host?.split(':')[1] ?? ''
  const { accept = '', authorization } = headers
  return {
    server: port === String(socket.localPort) ? 'kubernetes' : port,
    method,
    path: url,
    body,
    ...(accept.includes('as=') ? { accept } : {}),
    ...(authorization !== undefined && !ownLogins.includes(authorization) ? { otherLogin: true } : {}),
  }
}

/** Ends the connection of the client as the network would have: it sees this error. */
const fail = ({ remotePort = 0 }: Socket, connections: Connections, { code, silence }: Silence): void => {
  const error = Object.assign(new Error(silence), code === undefined ? {} : { code })
  connections.get(remotePort)?.destroy(error)
}

// Several claims ask for the same, some of it half a megabyte.
const encoded = new WeakMap<Answer, Buffer>()
const dataOf = (answer: Answer): Buffer => {
  const data = encoded.get(answer) ?? Buffer.from(answer.body)
  encoded.set(answer, data)
  return data
}

const send = (response: ServerResponse, answer: Answer): void => {
  const { status, contentType, date, location } = answer
  const data = dataOf(answer)
  response.sendDate = false
  response.writeHead(status, {
    ...(contentType && { 'content-type': contentType }),
    ...(date && { date }),
    ...(location !== undefined && { location }),
    'content-length': data.length,
  })
  response.end(data)
}

/** The WebSocket protocol wants this proof that the server speaks it. */
const acceptKey = (key: string) =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

const sendMessages = (socket: Socket, { headers }: IncomingMessage, { contentType, body }: Answer): void => {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(headers['sec-websocket-key'] ?? '')}`,
    `Sec-WebSocket-Protocol: ${contentType}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  for (const [channel, text] of JSON.parse(body) as readonly (readonly [number, string])[])
    socket.write(
      writeMessage({ opcode: binary, data: Buffer.concat([Buffer.from([channel]), Buffer.from(text)]) }),
    )
  socket.end(writeMessage({ opcode: closing, data: Buffer.from([0x03, 0xe8]) }))
}

// The client has given up, or the look is over.
const clientGone = () => {}

/** Answers in place of the servers of the stack and of the API server, to this process only. */
export const startProxy = async ({ ports, ownLogins }: Origins, respond: Respond): Promise<Proxy> => {
  const server = createServer((request, response) => {
    const answering = async () => {
      const asked = askedOf(request, (await buffer(request)).toString(), ownLogins)
      const answer = await respond(asked, request.headers)
      if (isSilence(answer)) fail(request.socket, connections, answer)
      else send(response, answer)
    }
    answering().catch(clientGone)
  })
  server.on('upgrade', (request, stream) => {
    // It is a Socket, although its type is Duplex.
    const socket = stream as Socket
    const answering = async () => {
      const answer = await respond({ ...askedOf(request, '', ownLogins), method: 'EXEC' }, request.headers)
      if (isSilence(answer)) fail(socket, connections, answer)
      else if (answer.status === 101) sendMessages(socket, request, answer)
      else socket.end(`HTTP/1.1 ${answer.status} Refused\r\n\r\n${answer.body}`)
    }
    answering().catch(clientGone)
    socket.on('error', clientGone)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { connections, end } = redirectPorts([...ports, port], port)
  const name = 'recorded'
  // JSON is YAML.
  const kubeconfig = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name, cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  })
  return {
    kubeconfig,
    close: () => {
      end()
      server.closeAllConnections()
      server.close()
    },
  }
}
