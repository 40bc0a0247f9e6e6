import type { V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Components } from '../config/components.ts'
import type { Servers } from '../config/endpoints.ts'
import { podsOf } from '../diagnosis/componentPods.ts'
import { readRefusals, saysLost } from '../diagnosis/refusals.ts'
import { vectorErrorCauses, type VectorError } from '../diagnosis/vectorErrors.ts'
import { withLimit } from '../lib/eventually.ts'
import type { Drop } from './result.ts'

const everyMs = 2000
// A node that goes down answers no request for logs.
const limitMs = 5000
// Rounds overlap, so one that got no answer loses nothing.
const lookBackMs = 30_000

/**
 * Reads the logs of Vector's pods every two seconds, because an upgrade replaces the pods, and their logs go with them.
 * @returns a function that ends this and returns what the pods logged about events that they dropped
 */
export const watchDrops = (
  kubernetes: Kubernetes,
  { vector }: Components,
  { opensearch }: Servers,
): (() => Promise<readonly Drop[]>) => {
  if (!vector || !opensearch) return async () => []
  const began = Date.now()
  const found = new Map<string, Readonly<{ node: string; error: VectorError }>>()
  const readPod = async (pod: V1Pod) => {
    const { metadata: { name = '' } = {}, spec } = pod
    const errors = await readRefusals(kubernetes, [pod], Math.max(began, Date.now() - lookBackMs))
    // Each line begins with its time.
    for (const error of errors.filter(saysLost))
      found.set(`${name} ${error.line}`, { node: spec?.nodeName ?? '', error })
  }
  const round = async () => {
    const pods = await withLimit(podsOf(kubernetes, vector), limitMs)
    await Promise.allSettled(pods.map((pod) => withLimit(readPod(pod), limitMs)))
  }
  // The next round reads what this one could not.
  const quietly = () => round().catch(() => undefined)
  void quietly()
  const timer = setInterval(() => void quietly(), everyMs)
  return async () => {
    clearInterval(timer)
    await quietly()
    return [...Map.groupBy(found.values(), ({ node }) => node)].flatMap(([node, own]) =>
      vectorErrorCauses(
        own.map(({ error }) => error),
        opensearch,
      ).map(({ cause, remedy }) => ({ node, message: cause, ...(remedy === undefined ? {} : { remedy }) })),
    )
  }
}
