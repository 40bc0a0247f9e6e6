import { ContextError } from '../../clients/kubeContext.ts'
import { apiStatus, type Kubernetes } from '../../clients/kubernetes.ts'
import { eventually } from '../../lib/eventually.ts'
import { applyObjects, inNamespace, readManifest } from '../manifests.ts'

/** The one namespace that is created in a cluster that already runs. */
export const plantNamespace = 'observability-e2e'
const label = { 'app.kubernetes.io/part-of': 'observability-e2e' }
const manifests = ['manifests/log-emitter.yaml', 'manifests/sample-logs.yaml']

const findNamespace = async ({ core }: Kubernetes) => {
  try {
    return await core.readNamespace({ name: plantNamespace })
  } catch (error) {
    if (apiStatus(error) === 404) return undefined
    throw error
  }
}

/** Deletes our namespace with everything in it. */
export const removePlant = async (kubernetes: Kubernetes, within: number): Promise<void> => {
  const found = await findNamespace(kubernetes)
  if (!found) return
  if (found.metadata?.labels?.['app.kubernetes.io/part-of'] !== plantNamespace)
    throw new ContextError(
      `namespace ${plantNamespace} is not ours: it lacks the label app.kubernetes.io/part-of=${plantNamespace}\n` +
        '  remedy: unset E2E_PLANT, or rename that namespace',
    )
  if (found.status?.phase !== 'Terminating') await kubernetes.core.deleteNamespace({ name: plantNamespace })
  await eventually(
    `namespace ${plantNamespace} is deleted`,
    async () => {
      if (await findNamespace(kubernetes)) throw new Error('it still exists')
    },
    { within, evenWhenInterrupted: true },
  )
}

/** Creates our namespace with log emitters and sample logs, marked with the id of the run. */
export const createPlant = async (kubernetes: Kubernetes, runId: string, within: number): Promise<void> => {
  // A killed run may have left pods that still write its own lines.
  await removePlant(kubernetes, within)
  const files = await Promise.all(manifests.map((file) => readManifest(file, { RUN_ID: runId })))
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: plantNamespace, labels: label } }
  // Without retries: nobody grants a missing permission meanwhile.
  await kubernetes.apply(namespace, plantNamespace)
  await applyObjects(kubernetes, inNamespace(files.flat(), plantNamespace), { within, reused: false })
}
