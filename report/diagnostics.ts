import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { connectKubernetes, type Kubernetes } from '../clients/kubernetes.ts'
import { kubeconfigOf } from '../setup/cluster.ts'
import type { Run } from '../setup/global.ts'
import { describeConfig, type Config } from '../config/config.ts'
import { outFolder } from '../lib/steps.ts'
import { messageOf } from '../lib/messages.ts'
import { collectFiles, type Task } from './evidence/collect.ts'
import { eventsTask } from './evidence/events.ts'
import { indexPage } from './evidence/indexPage.ts'
import { nodesTask } from './evidence/nodes.ts'
import { podsTask } from './evidence/pods.ts'
import { resourcesTask } from './evidence/resources.ts'
import { serverTasks } from './evidence/servers.ts'
import { passwordsOf, redactText } from './redact.ts'
import type { RunResult } from './result.ts'

type Wanted = Pick<RunResult, 'outcomes' | 'errors' | 'versions'> &
  Readonly<{
    config: Config
    cluster: RunCluster
    folder: string
    /** Milliseconds for everything. */
    within: number
  }>

/** What is known of the cluster of the run. */
export type RunCluster = Pick<Run, 'components' | 'servers'> & Partial<Pick<Run, 'kubeconfig' | 'context'>>

export const diagnosticsFolder = join(outFolder, 'diagnostics')

const settingsTask = ({ config, versions }: Wanted): Task => ({
  name: 'settings',
  sources: async () => [
    { file: 'settings.txt', about: 'the settings of this run', read: async () => describeConfig(config) },
    {
      file: 'versions.txt',
      about: 'versions of tools, Kubernetes, charts and images',
      read: async () =>
        Object.entries(versions)
          .map(([name, version]) => `${name}: ${version}`)
          .join('\n'),
    },
  ],
})

/** One shared connection, made on first use. */
const connector = ({ config: { cluster }, cluster: run }: Wanted): (() => Promise<Kubernetes>) => {
  const kubeconfig = kubeconfigOf(cluster)
  const connect = async () => {
    if (run.context) return connectKubernetes(run.kubeconfig ?? '', { readOnly: true })
    if (!existsSync(kubeconfig))
      throw new Error(`there is no ${relative('.', kubeconfig)}: cluster ${cluster} was not created`)
    return connectKubernetes(kubeconfig)
  }
  let connection: Promise<Kubernetes> | undefined
  return () => (connection ??= connect())
}

const tasksOf = (wanted: Wanted): readonly Task[] => {
  const connect = connector(wanted)
  return [
    settingsTask(wanted),
    eventsTask(connect),
    podsTask(connect),
    ...serverTasks(wanted.config, wanted.cluster.servers),
    // The nodes of a cluster that already runs are not containers on this machine.
    ...(wanted.cluster.context ? [] : [nodesTask(wanted.config.cluster)]),
    resourcesTask(connect),
  ]
}

/**
 * Collects evidence without credentials from everything that answers. Never rejects.
 * @returns the path of its index.md, or a sentence that says why it could not be written
 */
export const collectDiagnostics = async (wanted: Wanted): Promise<string> => {
  const { folder, cluster } = wanted
  const passwords = passwordsOf(cluster.servers)
  const page = join(folder, 'index.md')
  try {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    // Leaves time to write the page.
    const tasks = await collectFiles({ folder, passwords }, tasksOf(wanted), wanted.within * 0.9)
    const { outcomes, errors } = wanted
    const text = indexPage({ ...cluster, outcomes, errors, tasks, finishedAt: new Date().toISOString() })
    await writeFile(page, redactText(text, passwords))
    return page
  } catch (error) {
    return `${page} could not be written: ${messageOf(error)}; check free space with \`df -h .\` and permissions with \`ls -ld ${outFolder}\``
  }
}
