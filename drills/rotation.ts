import type { Live, Undo } from '../faults/change.ts'
import { eventually } from '../lib/eventually.ts'
import { run } from '../lib/run.ts'
import { askForBurst, writerPods } from '../setup/logWriters.ts'

const config = '/var/lib/kubelet/config.yaml'

/** Makes the kubelet of a node rotate logs at 1 MiB and check them every three seconds; the defaults are 10 MiB and 10 s. */
export const smallLogs =
  (node: string) =>
  async ({ within }: Live): Promise<Undo> => {
    const onNode = (script: string) =>
      run('docker', ['exec', node, 'sh', '-c', `${script} && systemctl restart kubelet`], {
        within,
        evenWhenInterrupted: true,
      })
    const small = 'containerLogMaxSize: 1Mi\\ncontainerLogMonitorInterval: 3s\\n'
    await onNode(`cp ${config} ${config}.before && printf '${small}' >> ${config}`)
    return async () => {
      await onNode(`mv ${config}.before ${config}`)
    }
  }

// Five parts of about 2 MB, each rotated before the next: the kubelet keeps five files.
const parts = 5
const linesPerPart = 10_000

/** Makes the writer of a node write several times the size at which its log is rotated. */
export const writeBurst = async ({ kubernetes, within }: Live, node: string): Promise<void> => {
  const pod = (await writerPods(kubernetes)).find(({ spec }) => spec?.nodeName === node)
  if (!pod) throw new Error(`node ${node} has no log writer`)
  const newestRotated = async () => {
    const folder = `/var/log/pods/${pod.metadata?.namespace}_${pod.metadata?.name}_${pod.metadata?.uid}`
    const { stdout } = await run('docker', ['exec', node, 'find', folder, '-name', '*.log.*'], { within })
    // The time of the rotation, without .tmp or .gz.
    return stdout
      .match(/(?<=\.log\.)\d{8}-\d{6}/g)
      ?.toSorted()
      .at(-1)
  }
  for (let part = 1; part <= parts; part += 1) {
    const before = await newestRotated()
    await askForBurst(kubernetes, pod, linesPerPart)
    await eventually(
      `part ${part} of the burst has been rotated`,
      async () => {
        const newest = await newestRotated()
        if (newest === before)
          throw new Error(`the last rotation was ${newest === undefined ? 'never' : `at ${newest}`}`)
      },
      { within, every: 500 },
    )
  }
}
