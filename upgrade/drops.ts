import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Components } from '../config/components.ts'
import type { Servers } from '../config/endpoints.ts'
import { podsOf } from '../diagnosis/componentPods.ts'
import { readRefusals } from '../diagnosis/refusals.ts'
import { vectorErrorCauses, type VectorError } from '../diagnosis/vectorErrors.ts'
import type { Drop } from './result.ts'

const everyMs = 2000

/**
 * Reads the logs of Vector's pods every two seconds, because an upgrade replaces the pods, and their logs go with them.
 * @returns a function that ends this and returns, for each node, what its pods said about events that they dropped
 */
export const startReadingDrops = (
  kubernetes: Kubernetes,
  { vector }: Components,
  { opensearch }: Servers,
): (() => readonly Drop[]) => {
  if (!vector || !opensearch) return () => []
  const since = Date.now()
  const byPod = new Map<string, Readonly<{ node: string; errors: readonly VectorError[] }>>()
  const read = async () => {
    const pods = await podsOf(kubernetes, vector)
    await Promise.all(
      pods.map(async (pod) => {
        const { metadata: { name = '' } = {}, spec } = pod
        const errors = await readRefusals(kubernetes, [pod], since)
        // A pod that ends has no log from some moment on.
        if (errors.length > 0) byPod.set(name, { node: spec?.nodeName ?? '', errors })
      }),
    )
  }
  const reading = { busy: false }
  const round = async () => {
    if (reading.busy) return
    reading.busy = true
    // While the API server does not answer, the next round reads what this one has missed.
    await read().catch(() => undefined)
    reading.busy = false
  }
  void round()
  const timer = setInterval(() => void round(), everyMs)
  return () => {
    clearInterval(timer)
    return [...byPod.values()].flatMap(({ node, errors }) =>
      vectorErrorCauses(errors, opensearch).map(({ cause, remedy }) => ({
        node,
        said: cause,
        ...(remedy === undefined ? {} : { remedy }),
      })),
    )
  }
}
