import type { KubernetesObject } from '@kubernetes/client-node'
import jsonpointer from 'jsonpointer'
import { apiStatus, type Kubernetes } from '../../clients/kubernetes.ts'
import type { ObjectClaim } from '../../config/ownClaims.ts'
import { few, messageOf } from '../../lib/messages.ts'
import { explainWorkloads } from '../workloads.ts'
import { expected, type Judgement } from './judgement.ts'
import { jsonShortfalls } from './json.ts'

type Condition = Readonly<{ type: string; status: string; reason?: string; message?: string }>

const nameOf = ({ metadata }: KubernetesObject) =>
  [metadata?.namespace, metadata?.name].filter(Boolean).join('/')

const describeCondition = ({ type, status, reason, message }: Condition) =>
  [`${type}=${status}`, [reason, message].filter(Boolean).join(': ')].filter(Boolean).join(', ')

const conditionShortfalls = (wanted: string | undefined, object: KubernetesObject): readonly string[] => {
  if (wanted === undefined) return []
  const [type, status = 'True'] = wanted.split('=')
  const listed: unknown = jsonpointer.get(object, '/status/conditions')
  const conditions = Array.isArray(listed) ? (listed as readonly Condition[]) : []
  const found = conditions.find((one) => one.type === type)
  if (found?.status === status) return []
  const others = conditions.map((one) => one.type).join(', ') || 'none'
  const seen = found ? describeCondition(found) : `no such condition; its conditions are: ${others}`
  return [expected(`condition ${type}=${status}`, seen)]
}

const listed = async (
  kubernetes: Kubernetes,
  { apiVersion, kind, namespace }: ObjectClaim,
  selector?: string,
): Promise<readonly KubernetesObject[]> => {
  const { items } = await kubernetes
    .objects()
    .list(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, selector)
  return items
}

/** Whether an object, its kind or its version does not exist; for the latter two, the client has errors of its own. */
const isMissing = (error: unknown): boolean =>
  apiStatus(error) === 404 ||
  /^Unrecognized API version and kind|^Failed to fetch resource metadata .*HTTP-Code: 404/s.test(
    messageOf(error),
  )

/** The objects that a claim is about, as plain JSON: the client turns times into Date objects. */
export const readObjects = async (
  kubernetes: Kubernetes,
  claim: ObjectClaim,
): Promise<readonly KubernetesObject[]> => {
  const { apiVersion, kind, namespace, name, selector } = claim
  const metadata = { name: name ?? '', ...(namespace !== undefined && { namespace }) }
  try {
    return structured(
      name === undefined
        ? await listed(kubernetes, claim, selector)
        : [await kubernetes.objects().read({ apiVersion, kind, metadata })],
    )
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

const structured = (objects: readonly KubernetesObject[]) =>
  JSON.parse(JSON.stringify(objects)) as readonly KubernetesObject[]

/** Judges the objects that were found. */
export const judgeObjects = (
  { kind, namespace, name, selector, condition, json }: ObjectClaim,
  objects: readonly KubernetesObject[],
): Judgement => {
  const wanted =
    name === undefined ? `${kind} with ${selector}` : `${kind} ${[namespace, name].filter(Boolean).join('/')}`
  const where = name === undefined && namespace !== undefined ? ` in namespace ${namespace}` : ''
  const isHidden = (pointer: string) => kind === 'Secret' && !pointer.startsWith('/metadata/')
  return {
    figures: objects.length === 1 ? '' : `${objects.length} objects`,
    shortfalls:
      objects.length === 0
        ? [expected(`${wanted}${where}`, 'no such object')]
        : objects.flatMap((object) =>
            [...conditionShortfalls(condition, object), ...jsonShortfalls(json, object, isHidden)].map(
              (shortfall) => `${kind} ${nameOf(object)}: ${shortfall}`,
            ),
          ),
  }
}

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet']

/** Which objects exist instead of a missing one, or why a workload is not ready. */
export const explainObjects = async (
  kubernetes: Kubernetes,
  claim: ObjectClaim,
  objects: readonly KubernetesObject[],
): Promise<readonly string[]> => {
  const { kind, namespace } = claim
  if (objects.length === 0) {
    const where = namespace === undefined ? 'the cluster' : `namespace ${namespace}`
    const others = await listed(kubernetes, claim).then(
      (found) => `the objects of kind ${kind} in ${where} are: ${few(found.map(nameOf), 5) || 'none'}`,
      (error: unknown) =>
        isMissing(error)
          ? `the API server does not know ${kind} of ${claim.apiVersion}: the name is wrong, or its CustomResourceDefinition is missing`
          : messageOf(error),
    )
    return [`  cause: ${others}`]
  }
  if (!workloadKinds.includes(kind)) return []
  const explained = objects.map(({ metadata }) =>
    explainWorkloads(kubernetes, {
      namespace: metadata?.namespace ?? '',
      workloads: [`${kind}/${metadata?.name}`],
    }),
  )
  return (await Promise.all(explained)).flat()
}
