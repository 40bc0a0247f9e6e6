import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { admissionErrorTrouble } from './missingPods.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { objectOf, readEvidence, timeOf } from './evidence.ts'
import { explain, podTrouble } from './pods.ts'
import { selects } from './workloads.ts'
import type { Evidence, Trouble } from './types.ts'

/** The state of a Job that helm waited for, and why. */
export const jobTroubles = (
  { metadata = {}, status }: V1Job,
  pods: readonly V1Pod[],
  evidence: Evidence,
): readonly Trouble[] => {
  const own = pods.filter((pod) => selects({ 'batch.kubernetes.io/job-name': metadata.name ?? '' }, pod))
  const admissionError =
    own.length === 0 ? admissionErrorTrouble({ kind: 'Job', metadata }, evidence) : undefined
  if (admissionError) return [admissionError]
  const failed = status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True')
  return [
    {
      ...objectOf('Job', metadata),
      cause: `${metadata.annotations?.['helm.sh/hook']} hook of its chart ${failed ? `failed: ${failed.message}` : 'has not completed'}`,
      state: 'not complete',
      since: timeOf(status?.startTime),
    },
    ...own.flatMap((pod) => podTrouble(pod, 0, evidence) ?? workingTrouble(pod)),
  ]
}

/** A running pod of a Job is healthy, but it is why the Job has not completed. */
const workingTrouble = ({ metadata, spec, status }: V1Pod): readonly Trouble[] => {
  const [container] = spec?.containers ?? []
  if (status?.phase !== 'Running' || !container) return []
  return [
    {
      ...objectOf('Pod', metadata),
      cause: `container ${container.name} is still running`,
      container: container.name,
      remedy: 'its log shows what it waits for; if it is only slow, raise E2E_LIMITS_FACTOR',
      state: 'running',
      since: timeOf(status.startTime),
    },
  ]
}

/** The Job that helm reports as failed or not complete. */
export const jobNamedIn = (message: string): Readonly<{ namespace: string; name: string }> | undefined => {
  const [, namespace, name] = /resource Job\/(\S+?)\/(\S+) not ready/.exec(message) ?? []
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}

/** Why the Job that helm's message names has not completed, with evidence; empty if it names none. */
export const explainHook = async (kubernetes: Kubernetes, message: string): Promise<readonly string[]> => {
  const named = jobNamedIn(message)
  if (!named) return []
  const { namespace, name } = named
  const [job, pods, evidence] = await Promise.all([
    kubernetes.get(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`),
    kubernetes.core.listNamespacedPod({ namespace }),
    readEvidence(kubernetes),
  ])
  return explain(kubernetes, jobTroubles(job as V1Job, pods.items, evidence))
}
