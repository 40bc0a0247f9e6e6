import { stacks, type ServerName } from './stacks.ts'

/** URLs of the servers of the stacks on this machine. */
export const endpoints = Object.fromEntries(
  stacks.flatMap(({ hostPorts = {} }) =>
    Object.entries(hostPorts).map(([server, port]) => [server, `http://127.0.0.1:${port}`]),
  ),
) as Readonly<Record<ServerName, string>>

export const grafanaLogin = { user: 'admin', password: 'prom-operator' } as const

/** How this machine reaches a server of the stack. */
export type Server = Readonly<{ url: string; user?: string; password?: string }>
/** A server that the cluster lacks is absent. */
export type Servers = Readonly<Partial<Record<ServerName, Server>>>
