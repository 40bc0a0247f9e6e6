import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { stackNames, stackOf, type Stack, type StackName } from '../config/stacks.ts'
import { namespaceReader, waitForWorkloads } from '../diagnosis/workloads.ts'
import { GiveUpError, watch } from '../lib/eventually.ts'
import { messageOf } from '../lib/messages.ts'
import { now } from '../lib/progress.ts'
import { isChartStack, rollBackChart } from '../setup/helm.ts'
import type { Check } from './checkSteps.ts'
import { explainLog, rollbackCause } from './rollbackCauses.ts'
import type { Attempt } from './rollbackVerdict.ts'

const logLines = 400

/** The logs of a stack's containers that are not ready; of their previous run, if they have restarted. */
const logOfFailing = async ({ core }: Kubernetes, { namespace, workloads }: Stack): Promise<string> => {
  const names = workloads.map((workload) => workload.split('/')[1] ?? '')
  const { items } = await core.listNamespacedPod({ namespace })
  const failing = items.flatMap(({ metadata, status }) =>
    names.some((name) => metadata?.name?.startsWith(`${name}-`))
      ? (status?.containerStatuses ?? [])
          .filter(({ ready }) => !ready)
          .map(({ name, restartCount }) => ({
            name: metadata?.name ?? '',
            container: name,
            previous: restartCount > 0,
          }))
      : [],
  )
  const logs = failing.map((one) =>
    core
      .readNamespacedPodLog({ ...one, namespace, tailLines: logLines })
      // 400 if the container has not started.
      .catch((error: unknown) => (apiStatus(error) === 400 ? '' : messageOf(error))),
  )
  return (await Promise.all(logs)).join('\n')
}

/** How long the rollback of a release took, and why it failed, if it did. */
type Outcome = Pick<Attempt, 'failure' | 'seconds'>

// How often the logs of pods that are not ready are read.
const readLogsEveryMs = 5000

/** Waits for the workloads of a stack, but gives up once a log says why the old version cannot start. */
const oldVersionReady = async (kubernetes: Kubernetes, stack: Stack, within: number): Promise<void> => {
  // Without this, crashing pods would count as a rollout in progress, which may take minutes.
  const refused = watch(async () => {
    const known = explainLog(await logOfFailing(kubernetes, stack).catch(messageOf))
    if (known) throw new GiveUpError(known.cause)
  }, readLogsEveryMs)
  const readNamespace = namespaceReader(kubernetes)
  const read: typeof readNamespace = (namespace, notBefore) =>
    Promise.race([readNamespace(namespace, notBefore), refused.failed])
  try {
    await waitForWorkloads(kubernetes, stack, { within, read, allNodesSince: () => 0 })
  } finally {
    refused.stop()
  }
}

/** Rolls one release back and waits for its workloads. */
const rollBackOne = async (
  { config, tools, timings, suite, from }: Check,
  kubernetes: Kubernetes,
  name: StackName,
  revision: number,
): Promise<Outcome> => {
  const stack = stackOf(name, from)
  if (!isChartStack(stack)) return { seconds: 0 }
  const began = now()
  try {
    await timings.step(`${name}: helm rollback`, async () => {
      await rollBackChart(config, tools, suite.run, stack, revision)
      await oldVersionReady(kubernetes, stack, config.limits.ready)
    })
    return { seconds: now() - began }
  } catch (error) {
    const log = await logOfFailing(kubernetes, stack).catch(messageOf)
    return { failure: rollbackCause(messageOf(error), log), seconds: now() - began }
  }
}

/** Rolls releases back in parallel, but each only after the stacks that were installed after it. */
export const rollBackAll = async (
  check: Check,
  kubernetes: Kubernetes,
  revisions: ReadonlyMap<StackName, number>,
): Promise<ReadonlyMap<StackName, Outcome>> => {
  const ends = new Map<StackName, Promise<Outcome>>()
  for (const name of stackNames.toReversed()) {
    const revision = revisions.get(name)
    if (revision === undefined) continue
    const later = [...ends].filter(([other]) => stackOf(other).installAfter.includes(name))
    ends.set(
      name,
      Promise.all(later.map(([, end]) => end)).then(() => rollBackOne(check, kubernetes, name, revision)),
    )
  }
  const done = [...ends].map(async ([name, end]) => [name, await end] as const)
  return new Map(await Promise.all(done))
}
