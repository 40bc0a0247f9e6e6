import type { KubernetesObject, V1PodTemplateSpec, V1Secret } from '@kubernetes/client-node'
import { HttpError } from '../../clients/http.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import { parseDocuments } from '../structuralDiff.ts'
import { releaseFacts, type Hook, type ReleaseFacts } from './helm.ts'
import { named } from './named.ts'
import { decodeRelease } from '../../diagnosis/helmReleases.ts'

/** A release as helm stores it in a Secret. */
type Stored = Readonly<{
  name: string
  namespace: string
  version: number
  info: Readonly<{ status: string; last_deployed: string }>
  chart: Readonly<{ metadata: Readonly<{ name: string; version: string }> }>
  hooks?: readonly Readonly<{ manifest: string }>[]
}>

/** Releases, and how many seconds ago the last of them changed. */
type Read = ReleaseFacts & Readonly<{ secondsSinceChange: number }>

const secondsSince = (times: readonly number[]) => (Date.now() - Math.max(0, ...times)) / 1000

/** The last revision of each release, from the Secrets in which helm keeps them. */
const readStored = async (kubernetes: Kubernetes, namespace: string): Promise<readonly Stored[]> => {
  const path = `/api/v1/namespaces/${namespace}/secrets`
  const records = await kubernetes.listMetadata(`${path}?labelSelector=owner%3Dhelm`)
  const byRelease = Map.groupBy(records, ({ labels }) => labels?.['name'] ?? '')
  return Promise.all(
    [...byRelease.values()].map(async (revisions) => {
      const [last] = revisions.toSorted(
        (a, b) => Number(b.labels?.['version'] ?? 0) - Number(a.labels?.['version'] ?? 0),
      )
      const { data } = (await kubernetes.get(`${path}/${last?.name}`)) as V1Secret
      return decodeRelease(data?.['release'] ?? '') as Stored
    }),
  )
}

type Workload = KubernetesObject & Readonly<{ spec: Readonly<{ template: V1PodTemplateSpec }> }>

/**
 * The same without permission to read Secrets: from the annotations and labels of the workloads. They lack the revision
 * and the hooks; a release counts as changed when its youngest pod was created.
 */
const readLabels = async ({ get, core }: Kubernetes, namespaces: ReadonlySet<string>): Promise<Read> => {
  const lists = await Promise.all(
    ['deployments', 'statefulsets', 'daemonsets'].map(
      async (plural) => ((await get(`/apis/apps/v1/${plural}`)) as { items: Workload[] }).items,
    ),
  )
  const charts = lists
    .flat()
    .flatMap(({ metadata: { annotations = {}, labels = {}, namespace = '' } = {} }) => {
      const release = annotations['meta.helm.sh/release-name']
      const chart = labels['helm.sh/chart'] ?? labels['chart']
      return release !== undefined && chart !== undefined && namespaces.has(namespace)
        ? [{ release, chart }]
        : []
    })
  const { items } = await core.listPodForAllNamespaces()
  const created = items
    .filter(({ metadata }) => namespaces.has(metadata?.namespace ?? ''))
    .map(({ metadata }) => new Date(metadata?.creationTimestamp ?? 0).getTime())
  return {
    releases: named(
      [...Map.groupBy(charts, ({ release }) => release)].map(([release, own]) => [
        release,
        // An umbrella chart has several.
        {
          chart: [...new Set(own.map(({ chart }) => chart))].sort().join(', '),
          revision: 0,
          status: 'unknown',
        },
      ]),
    ),
    ...{ objects: {}, images: {} },
    secondsSinceChange: secondsSince(created),
  }
}

/** The releases in some namespaces, read without helm. */
export const observeReleases = async (
  kubernetes: Kubernetes,
  namespaces: ReadonlySet<string>,
): Promise<Read> => {
  try {
    const stored = (await Promise.all([...namespaces].map((one) => readStored(kubernetes, one)))).flat()
    const facts = releaseFacts(
      stored.map(({ name, version, info, chart: { metadata }, hooks = [] }) => ({
        ...{ name, revision: version, status: info.status },
        chart: `${metadata.name}-${metadata.version}`,
        hooks: hooks.flatMap(({ manifest }) => parseDocuments(manifest) as readonly Hook[]),
      })),
    )
    return {
      ...facts,
      secondsSinceChange: secondsSince(stored.map(({ info }) => Date.parse(info.last_deployed))),
    }
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return readLabels(kubernetes, namespaces)
    throw error
  }
}
