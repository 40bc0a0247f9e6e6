import { run } from '../lib/run.ts'
import type { Injection, Live, Undo } from './change.ts'

/** Inserts a rule into the firewall of a node, before all others. */
const insertRule = async (
  { within }: Live,
  node: string,
  table: readonly string[],
  rule: readonly string[],
): Promise<Undo> => {
  const iptables = (operation: string) =>
    run('docker', ['exec', node, 'iptables', '-w', ...table, operation, ...rule], {
      within,
      evenWhenInterrupted: true,
    })
  await iptables('-I')
  return async () => {
    await iptables('-D')
  }
}

/**
 * Drops what is sent to a port of pods, on their own nodes. What the kubelet itself sends takes another way, so that the
 * pods stay Ready.
 * @param which the first pod with the labels, or all
 */
export const dropPort =
  (namespace: string, labelSelector: string, port: number, which: 'first' | 'all'): Injection =>
  async (live) => {
    const { items } = await live.kubernetes.core.listNamespacedPod({ namespace, labelSelector })
    const undos: Undo[] = []
    for (const { spec, status } of which === 'first' ? items.slice(0, 1) : items) {
      const rule = ['FORWARD', '-d', status?.podIP ?? '', '-p', 'tcp', '--dport', String(port), '-j', 'DROP']
      undos.push(await insertRule(live, spec?.nodeName ?? '', [], rule))
    }
    return async () => {
      for (const undo of undos) await undo()
    }
  }

/** Inserts a rule into the firewall of the control plane, through which all ports of this machine lead. */
export const onControlPlane =
  (table: readonly string[], rule: readonly string[]): Injection =>
  (live) =>
    insertRule(live, `${live.cluster}-control-plane`, table, rule)
