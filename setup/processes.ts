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
      // Of a process that has ended by now, nothing.
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return { pid: Number(pid), args: text.split('\0') }
    }),
  )
}

const fromPs = async (within: number): Promise<readonly Running[]> => {
  const options = { within, evenWhenInterrupted: true }
  return parsePs((await run('ps', ['-axo', 'pid=,command='], options)).stdout)
}

/** Those that are kind or helm, and at work on the files of this folder: a shell or an editor in it is somebody's. */
export const workingOn = (folder: string, running: readonly Running[]): readonly Running[] =>
  running.filter(
    ({ args: [command = '', ...args] }) =>
      /^(kind|helm)(-[\d.]+)?$/.test(basename(command)) && args.some((arg) => arg.includes(`${folder}/`)),
  )

/** The `docker run` commands among them by which kind starts the nodes of a cluster. */
export const startingNodes = (cluster: string, running: readonly Running[]): readonly Running[] =>
  running.filter(
    ({ args: [command = '', verb, ...args] }) =>
      basename(command) === 'docker' && verb === 'run' && args.includes(`io.x-k8s.kind.cluster=${cluster}`),
  )

/** All processes there are, of whatever run. */
export const findProcesses = (within: number): Promise<readonly Running[]> =>
  process.platform === 'darwin' ? fromPs(within) : fromProc()
