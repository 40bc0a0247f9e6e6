import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { isMap, parseDocument, visit } from 'yaml'
import { run } from '../../lib/run.ts'

/** A port of this machine, and the server that listens there once the stacks are up. */
export type HostPort = Readonly<{ port: number; owner: string }>

/** Who listens there now. Only root can see the processes of other users. */
export type PortUse = HostPort & Readonly<{ taken: boolean; processes: readonly Process[] }>
export type Process = Readonly<{ pid: number; name: string }>

type Listener = Process & Readonly<{ port: number }>

/** The host ports of a kind configuration; the comment after each one names its owner. */
export const parseHostPorts = (kindConfig: string): readonly HostPort[] => {
  const ports: HostPort[] = []
  visit(parseDocument(kindConfig), {
    Map: (_, mapping) => {
      const port = isMap(mapping) ? mapping.get('hostPort') : undefined
      if (typeof port === 'number') ports.push({ port, owner: mapping.comment?.trim() ?? 'a NodePort' })
    },
  })
  return ports
}

/** Listening ports by the inode of their socket, from /proc/net/tcp or tcp6. */
export const parseProcNet = (text: string): ReadonlyMap<string, number> => {
  const rows = text.trim().split('\n').slice(1)
  return new Map(
    rows.flatMap((row) => {
      const columns = row.trim().split(/\s+/)
      const [local = '', state, inode = ''] = [columns[1], columns[3], columns[9]]
      return state === '0A' ? [[inode, Number.parseInt(local.split(':')[1] ?? '', 16)]] : []
    }),
  )
}

/** Parses the listeners that `lsof -Fpcn` prints, keeping those on 127.0.0.1 or on all addresses. */
export const parseLsof = (text: string): readonly Listener[] => {
  let [pid, name] = [0, '']
  return text.split('\n').flatMap((line) => {
    const value = line.slice(1)
    if (line.startsWith('p')) pid = Number(value)
    if (line.startsWith('c')) name = value
    const port = /^n(?:\*|127\.0\.0\.1):(\d+)$/.exec(line)?.[1]
    return port ? [{ pid, name, port: Number(port) }] : []
  })
}

const linksIn = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch(() => [])
  return Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')))
}

const listenersFromProc = async (): Promise<readonly Listener[]> => {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  const portOf = new Map(tables.flatMap((table) => [...parseProcNet(table)]))
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const links = await linksIn(`/proc/${pid}/fd`)
      const ports = links.flatMap((link) => portOf.get(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '') ?? [])
      if (ports.length === 0) return []
      // Not /proc/<pid>/comm: that is the name of a thread, "MainThread" for every Node process.
      const name = basename(await readlink(`/proc/${pid}/exe`).catch(() => 'unknown'))
      return [...new Set(ports)].map((port) => ({ pid: Number(pid), name, port }))
    }),
  )
  return found.flat()
}

const listenersFromLsof = async (
  ports: readonly HostPort[],
  within: number,
): Promise<readonly Listener[]> => {
  const wanted = `-iTCP:${ports.map(({ port }) => port).join(',')}`
  // lsof exits with code 1 if nobody listens.
  const { stdout } = await run('lsof', ['-nP', wanted, '-sTCP:LISTEN', '-Fpcn'], { within }).catch(() => ({
    stdout: '',
  }))
  return parseLsof(stdout)
}

const canListen = (port: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  return promise
}

/** Whether each port is free on 127.0.0.1, and if not, who listens there as far as this user can see. */
export const usesOf = async (ports: readonly HostPort[], within: number): Promise<readonly PortUse[]> => {
  const free = await Promise.all(ports.map(({ port }) => canListen(port)))
  const mac = process.platform === 'darwin'
  const listeners = mac
    ? await listenersFromLsof(ports, within)
    : free.includes(false)
      ? await listenersFromProc()
      : []
  return ports.map(({ port, owner }, index) => {
    const processes = listeners.filter((one) => one.port === port).map(({ pid, name }) => ({ pid, name }))
    // macOS allows binding 127.0.0.1 while another process listens on all addresses.
    return { port, owner, taken: !free[index] || (mac && processes.length > 0), processes }
  })
}
