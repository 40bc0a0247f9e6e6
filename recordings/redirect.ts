import { Socket } from 'node:net'

/** The connections of this process that were redirected, by the port from which they came. */
export type Connections = ReadonlyMap<number, Socket>

/** The option of a connection that must not be redirected. */
export const direct = { isDirect: true } as const

/**
 * Redirects connections of this process from ports of this machine to another one, until `end` is called. Every client
 * connects through here, whatever its library, and keeps the URL that its messages name.
 */
export const redirectPorts = (
  ports: readonly number[],
  target: number,
): Readonly<{ connections: Connections; end: () => void }> => {
  const connections = new Map<number, Socket>()
  const { connect } = Object.getOwnPropertyDescriptors(Socket.prototype)
  const original = connect.value as (this: Socket, ...args: unknown[]) => Socket
  const redirected = function (this: Socket, ...args: unknown[]): Socket {
    // Node passes the options on in an array that has the callback, too.
    const [first, ...rest] = args
    const options = (Array.isArray(first) ? first[0] : first) as { port?: number | string }
    if ('isDirect' in options || !ports.includes(Number(options.port))) return original.apply(this, args)
    this.once('connect', () => connections.set(this.localPort ?? 0, this))
    this.once('close', () => connections.delete(this.localPort ?? 0))
    const changed = { ...options, port: target }
    return Array.isArray(first)
      ? original.call(this, Object.assign(first, [changed]), ...rest)
      : original.call(this, changed, ...rest)
  }
  Object.defineProperty(Socket.prototype, 'connect', { ...connect, value: redirected })
  return { connections, end: () => Object.defineProperty(Socket.prototype, 'connect', connect) }
}
