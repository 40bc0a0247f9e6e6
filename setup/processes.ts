import { readdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { run } from '../lib/run.ts'

type Running = Readonly<{ pid: number; args: readonly string[] }>

/** Processes as `ps -axo pid=,command=` prints them. */
export const parsePs = (text: string): readonly Running[] =>
  text.split('\n').flatMap((line) => {
    const [pid, ...args] = line.trim().split(/\s+/)
    return pid ? [{ pid: Number(pid), args }] : []
  })

const fromProc = async (): Promise<readonly Running[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return Promise.all(
    pids.map(async (pid) => {
      // Empty for a process that has ended in the meantime.
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return { pid: Number(pid), args: text.split('\0') }
    }),
  )
}

const fromPs = async (within: number): Promise<readonly Running[]> => {
  const options = { within, evenWhenInterrupted: true }
  return parsePs((await run('ps', ['-axo', 'pid=,command='], options)).stdout)
}

/** The kind and helm processes that use files of this folder. A shell or an editor in it belongs to a person. */
export const workingOn = (folder: string, running: readonly Running[]): readonly Running[] =>
  running.filter(
    ({ args: [command = '', ...args] }) =>
      /^(kind|helm)(-[\d.]+)?$/.test(basename(command)) && args.some((arg) => arg.includes(`${folder}/`)),
  )

/** The `docker run` commands with which kind starts the nodes of a cluster. */
export const startingNodes = (cluster: string, running: readonly Running[]): readonly Running[] =>
  running.filter(
    ({ args: [command = '', verb, ...args] }) =>
      basename(command) === 'docker' && verb === 'run' && args.includes(`io.x-k8s.kind.cluster=${cluster}`),
  )

/** All processes on this machine. */
export const findProcesses = (within: number): Promise<readonly Running[]> =>
  process.platform === 'darwin' ? fromPs(within) : fromProc()
