import { stripVTControlCharacters } from 'node:util'
import { nodeContainers } from '../../setup/cluster.ts'
import { run } from '../../lib/run.ts'
import type { Source, Task } from './collect.ts'

const within = 20_000
const lines = 5000

/** Both output streams. It also runs after Ctrl-C, since an interrupted run has evidence too. */
const docker = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await run('docker', args, { within, evenWhenInterrupted: true })
  return stripVTControlCharacters(stdout + stderr)
}

const journal = (node: string, unit: string): Source => ({
  file: `nodes/${node}-${unit}.log`,
  about: `journal of ${unit} on ${node}, its last ${lines} lines`,
  read: () =>
    docker(
      ...['exec', node, 'journalctl', `--unit=${unit}`, `--lines=${lines}`],
      ...['--no-pager', '--no-hostname', '--output=short-iso', '--utc'],
    ),
})

const staticPods = (node: string): Source => ({
  file: `nodes/${node}-static-pods.log`,
  about: 'etcd and the control plane, read on the node because the API server may be down',
  read: () => docker('exec', node, 'sh', '-c', `tail -n 200 /var/log/pods/kube-system_*-${node}_*/*/*.log`),
})

/** What the nodes know without the API server. */
export const nodesTask = (cluster: string): Task => ({
  name: 'nodes',
  sources: async () => {
    const nodes = await nodeContainers(cluster, within)
    const label = `label=io.x-k8s.kind.cluster=${cluster}`
    return [
      {
        file: 'nodes/containers.txt',
        about: 'the node containers with their state and ports',
        read: () => docker('ps', '--all', '--filter', label),
      },
      ...nodes.flatMap((node) => [
        journal(node, 'kubelet'),
        journal(node, 'containerd'),
        {
          file: `nodes/${node}.log`,
          about: `boot log of node container ${node}`,
          read: () => docker('logs', `--tail=${lines}`, '--timestamps', node),
        },
      ]),
      ...nodes.filter((node) => node.endsWith('-control-plane')).map(staticPods),
    ]
  },
})
