import { stacks, type ServerName } from './stacks.ts'

/** How this machine reaches a server of the stack. */
export type Server = Readonly<{
  url: string
  user?: string
  password?: string
  /** The CA of the server's certificate, in PEM. Without it, any certificate is accepted. */
  ca?: string
}>
/** A server that the cluster lacks is absent. */
export type Servers = Readonly<Partial<Record<ServerName, Server>>>

const onHostPorts = Object.fromEntries(
  stacks.flatMap(({ hostPorts = {} }) =>
    Object.entries(hostPorts).map(([server, port]) => [server, { url: `http://127.0.0.1:${port}` }]),
  ),
) as Readonly<Record<ServerName, Server>>

/** @throws Error if the cluster lacks the server */
export const serverIn = (servers: Servers, name: ServerName): Server => {
  const server = servers[name]
  if (!server) throw new Error(`the cluster has no ${name} that this machine can reach`)
  return server
}

export const grafanaLogin = { user: 'admin', password: 'prom-operator' } as const

/** The servers of our own cluster with the values of this repository. */
export const ourServers = {
  ...onHostPorts,
  grafana: { ...onHostPorts.grafana, ...grafanaLogin },
} as const satisfies Required<Servers>
