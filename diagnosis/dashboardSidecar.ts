import { posix } from 'node:path'
import type { V1ConfigMap, V1Container, V1Secret } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName } from '../config/components.ts'

const container = 'grafana-sc-dashboard'
export const sidecarLog = ({ namespace, name }: ObjectName): string =>
  `see \`kubectl -n ${namespace} logs deployment/${name} -c ${container}\``

/** Which objects the dashboards sidecar reads, where it writes their files, and which folder Grafana reads. */
export type Sidecar = Readonly<{
  label: string
  /** Any value if empty. */
  value: string
  /** Undefined if it reads all namespaces. */
  namespaces: readonly string[] | undefined
  kinds: readonly ('ConfigMap' | 'Secret')[]
  folder: string
  annotation: string
  /** File names contain the namespace and the name of the object. */
  uniqueNames: boolean
  /** The folder that Grafana's provider reads, with its subfolders. */
  provided: string
  /** Each subfolder is a folder of Grafana. */
  byFolder: boolean
}>

/** A file that a sidecar writes: one key of an object. */
export type SidecarFile = Readonly<{
  /** `ConfigMap monitoring/custom-metrics-dashboard` */
  source: string
  key: string
  /** Where the sidecar writes it. */
  path: string
  /** Undefined if the key ends in .url: the sidecar downloads the file. */
  text: string | undefined
}>

/** An object with a label like the one that the sidecar selects by, which it does not select. */
export type Overlooked = Readonly<{ source: string; why: string }>

/** The settings in force, from the environment of the sidecar's container and the configuration of Grafana's provider. */
export const sidecarOf = (
  { env = [] }: Pick<V1Container, 'env'>,
  ownNamespace: string,
  providers: string,
): Sidecar => {
  const setting = (name: string) => env.find((one) => one.name === name)?.value ?? ''
  const resource = setting('RESOURCE') || 'configmap'
  const namespaces = setting('NAMESPACE') || ownNamespace
  const folder = setting('FOLDER')
  type Provider = { options?: { path?: string; foldersFromFilesStructure?: boolean } }
  const all = ((parse(providers) as { providers?: Provider[] } | null)?.providers ?? []).map(
    ({ options = {} }) => ({
      path: options.path ?? '',
      byFolder: options.foldersFromFilesStructure ?? false,
    }),
  )
  const provider = all.find(({ path }) => isWithin(folder, path)) ?? all[0]
  return {
    label: setting('LABEL'),
    value: setting('LABEL_VALUE'),
    namespaces: namespaces === 'ALL' ? undefined : namespaces.split(','),
    kinds: [
      ...(resource === 'secret' ? [] : (['ConfigMap'] as const)),
      ...(resource === 'configmap' ? [] : (['Secret'] as const)),
    ],
    folder,
    annotation: setting('FOLDER_ANNOTATION') || 'k8s-sidecar-target-directory',
    uniqueNames: setting('UNIQUE_FILENAMES').toLowerCase() === 'true',
    provided: provider?.path ?? folder,
    byFolder: provider?.byFolder ?? false,
  }
}

export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`)

/** @throws Error if Grafana has no sidecar for dashboards */
export const readSidecar = async ({ core, apps }: Kubernetes, grafana: ObjectName): Promise<Sidecar> => {
  const { namespace } = grafana
  const [{ spec }, { data = {} }] = await Promise.all([
    apps.readNamespacedDeployment(grafana),
    core.readNamespacedConfigMap({ namespace, name: `${grafana.name}-config-dashboards` }),
  ])
  const sidecar = spec?.template.spec?.containers.find(({ name }) => name === container)
  if (!sidecar)
    throw new Error(
      `Deployment ${namespace}/${grafana.name} has no container ${container}, so no dashboard of a ConfigMap reaches Grafana\n` +
        '  remedy: set grafana.sidecar.dashboards.enabled: true in values/kube-prometheus-stack.yaml',
    )
  return sidecarOf(sidecar, namespace, data['provider.yaml'] ?? '')
}

type Holder = Readonly<{ kind: 'ConfigMap' | 'Secret'; object: V1ConfigMap & V1Secret }>

const sourceOf = ({ kind, object: { metadata } }: Holder) =>
  `${kind} ${metadata?.namespace}/${metadata?.name}`

const isRead = (sidecar: Sidecar, { kind, object: { metadata } }: Holder): boolean => {
  const value = metadata?.labels?.[sidecar.label]
  return (
    sidecar.kinds.includes(kind) &&
    value !== undefined &&
    (sidecar.value === '' || value === sidecar.value) &&
    (sidecar.namespaces?.includes(metadata?.namespace ?? '') ?? true)
  )
}

const filesOf = (sidecar: Sidecar, holder: Holder): readonly SidecarFile[] => {
  const { kind, object } = holder
  const { name, namespace: space, annotations = {} } = object.metadata ?? {}
  const target = annotations[sidecar.annotation] ?? ''
  const folder = posix.isAbsolute(target) ? target : posix.join(sidecar.folder, target)
  const decoded = (text: string) => Buffer.from(text, 'base64').toString()
  const plain = Object.entries(object.data ?? {}).map(
    ([key, text]) => [key, kind === 'Secret' ? decoded(text) : text] as const,
  )
  const binary = Object.entries(object.binaryData ?? {}).map(([key, text]) => [key, decoded(text)] as const)
  return [...plain, ...binary].map(([key, text]) => {
    const isUrl = key.endsWith('.url')
    const file = isUrl ? key.slice(0, -'.url'.length) : key
    const unique = `namespace_${space}.${kind.toLowerCase()}_${name}.${file}`
    const path = posix.join(folder, sidecar.uniqueNames ? unique : file)
    return { source: sourceOf(holder), key, path, text: isUrl ? undefined : text }
  })
}

/** Spelling aside: `grafana-dashboards` is like `grafana_dashboard`. */
const likeness = (label: string) =>
  label
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
    .replace(/s$/, '')

const whyOverlooked = (sidecar: Sidecar, { kind, object: { metadata } }: Holder): string | undefined => {
  const labels = metadata?.labels ?? {}
  const [similar] = Object.keys(labels).filter((label) => likeness(label) === likeness(sidecar.label))
  if (similar === undefined) return undefined
  const wanted = `${sidecar.label}${sidecar.value === '' ? '' : `: "${sidecar.value}"`}`
  const value = labels[sidecar.label]
  if (value === undefined || (sidecar.value !== '' && value !== sidecar.value))
    return `is not labelled ${wanted}, but ${similar}: "${labels[similar]}", so the sidecar ignores it`
  return sidecar.kinds.includes(kind)
    ? `is labelled ${wanted}, but the sidecar reads only namespace ${sidecar.namespaces?.join(', ')}`
    : `is labelled ${wanted}, but the sidecar reads no ${kind}s`
}

/** What the sidecar writes, and which objects it overlooks, of these objects. */
export const filesOfObjects = (
  sidecar: Sidecar,
  configMaps: readonly V1ConfigMap[],
  secrets: readonly V1Secret[],
): Readonly<{ files: readonly SidecarFile[]; overlooked: readonly Overlooked[] }> => {
  const holders: readonly Holder[] = [
    ...configMaps.map((object) => ({ kind: 'ConfigMap' as const, object })),
    ...secrets.map((object) => ({ kind: 'Secret' as const, object })),
  ]
  return {
    files: holders.filter((holder) => isRead(sidecar, holder)).flatMap((holder) => filesOf(sidecar, holder)),
    overlooked: holders.flatMap((holder) => {
      const why = isRead(sidecar, holder) ? undefined : whyOverlooked(sidecar, holder)
      return why === undefined ? [] : [{ source: sourceOf(holder), why }]
    }),
  }
}

/** The same of the cluster. */
export const readDashboardFiles = async (kubernetes: Kubernetes, grafana: ObjectName) => {
  const sidecar = await readSidecar(kubernetes, grafana)
  const [{ items: configMaps }, { items: secrets }] = await Promise.all([
    kubernetes.core.listConfigMapForAllNamespaces(),
    // By their label only: nothing else of a Secret should be read.
    kubernetes.core.listSecretForAllNamespaces({ labelSelector: sidecar.label }),
  ])
  return { sidecar, ...filesOfObjects(sidecar, configMaps, secrets) }
}

/**
 * The files that the sidecar for data sources writes from ConfigMaps; none if Grafana has no such sidecar. Those from Secrets
 * are left out: they have passwords.
 */
export const readDataSourceFiles = async (
  { core, apps }: Kubernetes,
  grafana: ObjectName,
): Promise<readonly SidecarFile[]> => {
  const { spec } = await apps.readNamespacedDeployment(grafana)
  const { containers = [], initContainers = [] } = spec?.template.spec ?? {}
  const sidecar = [...containers, ...initContainers].find(({ name }) =>
    /^grafana-(init-)?sc-datasources$/.test(name),
  )
  if (!sidecar) return []
  const { items } = await core.listConfigMapForAllNamespaces()
  return filesOfObjects(sidecarOf(sidecar, grafana.namespace, ''), items, []).files
}
