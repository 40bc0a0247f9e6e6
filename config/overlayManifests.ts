import { readFileSync } from 'node:fs'
import {
  isMap,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  type Document,
  type Scalar,
  type YAMLError,
} from 'yaml'
import { isObject, type JsonObject } from '../lib/json.ts'
import { describeSyntaxError, describeValue, nodeAt, parseOptions, valueOf } from '../lib/yamlFile.ts'
import type { Overlay } from './overlay.ts'
import { pathInOverlay } from './overlayFolder.ts'
import { stacks, type StackName } from './stacks.ts'

export type ManifestObject = Readonly<{
  apiVersion: string
  kind: string
  metadata: Readonly<{ name: string; namespace?: string; labels?: Readonly<Record<string, string>> }>
}> &
  JsonObject

/** An object of a manifest of the overlay. */
export type OverlayObject = Readonly<{
  object: ManifestObject
  /** Where it begins: `manifests/shop.yaml:12:1`. */
  at: string
  /** The line of the value at a path: `manifests/shop.yaml:14`. */
  lineOf: (path: readonly (string | number)[]) => string
  /**
   * The line in the file of a line in a text of the object, such as `data.shop.json`. Only a literal block keeps the lines
   * of its text; elsewhere it is the line where the text begins.
   */
  lineInText: (path: readonly string[], line: number) => string
}>

const clusterScoped =
  /^(Namespace|CustomResourceDefinition|Cluster\w+|StorageClass|PersistentVolume|PriorityClass|IngressClass|RuntimeClass|CSI\w+|APIService|\w+WebhookConfiguration|ValidatingAdmissionPolicy\w*|Node)$/

/** The namespace of an object, or the default one; undefined if its kind is cluster-scoped. */
export const namespaceOf = ({ kind, metadata }: ManifestObject, byDefault = 'default'): string | undefined =>
  metadata.namespace ?? (clusterScoped.test(kind) ? undefined : byDefault)

/** `ServiceMonitor shop/checkout` */
export const describeObject = (object: ManifestObject): string =>
  `${object.kind} ${[namespaceOf(object), object.metadata.name].filter(Boolean).join('/')}`

/** Tells objects apart. The version does not count: the API server serves one object under every version of its kind. */
export const identityOf = (object: ManifestObject, byDefault?: string): string => {
  const { apiVersion, kind, metadata } = object
  const group = apiVersion.includes('/') ? apiVersion.replace(/\/[^/]*$/, '') : ''
  return [group, kind, namespaceOf(object, byDefault), metadata.name].join(' ')
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

type ShapeProblem = Readonly<{ path: readonly string[]; text: string }>

/** What is wrong with a string that an object must have. */
const textProblem = (value: unknown, path: readonly string[], owner = ''): readonly ShapeProblem[] => {
  const field = path.join('.')
  if (isText(value)) return []
  if (value === undefined || value === null)
    return [{ path: path.slice(0, -1), text: `${owner}has no ${field}` }]
  return [{ path, text: `${owner}${field}: must be a string, not ${describeValue(value)}` }]
}

/** A DNS subdomain; only Roles and their bindings may have other names. */
const isName = (name: string) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)

const nameProblems = (metadata: unknown, owner: string, isRole: boolean): readonly ShapeProblem[] => {
  const { name, namespace } = isObject(metadata) ? metadata : {}
  const path = ['metadata', 'name']
  const text = `${owner}metadata.name: must be lower-case letters, digits, dots and dashes, not ${describeValue(name)}`
  return [
    ...textProblem(name, path, owner),
    ...(isText(name) && !isRole && !isName(name) ? [{ path, text }] : []),
    ...(namespace === undefined || namespace === null
      ? []
      : textProblem(namespace, ['metadata', 'namespace'], owner)),
  ]
}

/** What a document lacks to be a Kubernetes object. */
const shapeProblems = (value: unknown): readonly ShapeProblem[] => {
  if (!isObject(value)) return [{ path: [], text: 'must be a Kubernetes object' }]
  const { apiVersion, kind, metadata } = value
  if (kind === 'List' || (isText(kind) && kind.endsWith('List') && Array.isArray(value['items'])))
    return [{ path: ['kind'], text: `${kind}: write each item as a document of its own, separated by ---` }]
  const isRole = isText(apiVersion) && apiVersion.startsWith('rbac.authorization.k8s.io/')
  return [
    ...textProblem(apiVersion, ['apiVersion']),
    ...textProblem(kind, ['kind']),
    ...nameProblems(metadata, isText(kind) ? `${kind} ` : '', isRole),
  ]
}

type ManifestFile = Readonly<{ objects: readonly OverlayObject[]; problems: readonly string[] }>

/** The objects in a manifest, and the problems of its documents. */
export const parseManifest = (file: string, text: string): ManifestFile => {
  const lineCounter = new LineCounter()
  const lineAt = (offset: number) => lineCounter.linePos(offset)
  const positionAt = (offset: number) => `${file}:${lineAt(offset).line}:${lineAt(offset).col}`
  const documents = parseAllDocuments(text, { ...parseOptions, lineCounter }) as Document.Parsed[]
  const offsetOf = (document: Document.Parsed, path: readonly (string | number)[]): number => {
    const node = path.length === 0 ? document.contents : nodeAt(document, path)
    const range = isObject(node) ? (node['range'] as readonly number[] | undefined) : undefined
    return range?.[0] ?? document.contents?.range[0] ?? document.range[0]
  }
  const found = documents.map((document): ManifestFile => {
    const [error] = document.errors
    if (error)
      return { objects: [], problems: [`${positionAt(error.pos[0])}: ${describeSyntaxError(error)}`] }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
      return { objects: [], problems: [] }
    const { value, problem, at } = { value: undefined, at: 0, ...valueOf(document) }
    if (problem !== undefined) return { objects: [], problems: [`${positionAt(at)}: ${problem}`] }
    const wrong = shapeProblems(value)
    if (wrong.length > 0)
      return {
        objects: [],
        problems: wrong.map((one) => `${positionAt(offsetOf(document, one.path))}: ${one.text}`),
      }
    const lineOf = (path: readonly (string | number)[]) => `${file}:${lineAt(offsetOf(document, path)).line}`
    return {
      objects: [
        {
          object: value as ManifestObject,
          at: positionAt(offsetOf(document, [])),
          lineOf,
          lineInText: (path, line) => {
            const scalar = nodeAt(document, path) as Scalar | undefined
            const isLiteral = scalar?.type === 'BLOCK_LITERAL'
            return `${file}:${lineAt(offsetOf(document, path)).line + (isLiteral ? line : 0)}`
          },
        },
      ],
      problems: [],
    }
  })
  return {
    objects: found.flatMap(({ objects }) => objects),
    problems: found.flatMap(({ problems }) => problems),
  }
}

/** The objects in all manifests of an overlay, and the problems of their documents. */
export const readManifests = (overlay: Overlay): ManifestFile => {
  const files = overlay.manifests.map((path) =>
    parseManifest(pathInOverlay(overlay, path), readFileSync(path, 'utf8')),
  )
  return {
    objects: files.flatMap(({ objects }) => objects),
    problems: files.flatMap(({ problems }) => problems),
  }
}

/** The objects in our own manifests by identity, each with its file. */
const ourObjects = (): ReadonlyMap<string, string> =>
  new Map(
    stacks
      .flatMap(({ manifests, manifestsWith = {} }) => [...manifests, ...Object.values(manifestsWith).flat()])
      .flatMap((file) =>
        parseManifest(file, readFileSync(file, 'utf8')).objects.map(
          ({ object }) => [identityOf(object), file] as const,
        ),
      ),
  )

const existingNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']

/** The stack whose chart defines the kinds of this group. */
const operatorGroup = { prefix: 'monitoring.coreos.com/', stack: 'kube-prometheus-stack' } as const

/** Objects that this harness owns, duplicates, and objects whose namespace or kind nothing creates. */
const objectProblems = (
  objects: readonly OverlayObject[],
  selected: readonly StackName[],
): readonly string[] => {
  const ours = ourObjects()
  const byIdentity = Map.groupBy(objects, ({ object }) => identityOf(object))
  const inUse = [...existingNamespaces, ...stacks.map(({ namespace }) => namespace)]
  const namespaces = new Set([
    ...inUse,
    ...objects.flatMap(({ object }) => (object.kind === 'Namespace' ? [object.metadata.name] : [])),
  ])
  return objects.flatMap(({ object, at }) => {
    const namespace = object.metadata.namespace ?? 'default'
    const file = ours.get(identityOf(object))
    const [first] = byIdentity.get(identityOf(object)) ?? []
    const { prefix, stack } = operatorGroup
    return [
      ...(object.apiVersion.startsWith(prefix) && !selected.includes(stack)
        ? [`${at}: ${describeObject(object)}: its kind comes with ${stack}, which E2E_STACKS leaves out`]
        : []),
      ...(file === undefined
        ? []
        : [
            `${at}: ${describeObject(object)} is an object of this harness, in ${file}: give yours another name`,
          ]),
      ...(object.kind === 'Namespace' && inUse.includes(object.metadata.name)
        ? [`${at}: ${describeObject(object)} is created by Kubernetes or by this harness: leave it out`]
        : []),
      ...(first === undefined || first.at === at
        ? []
        : [`${at}: ${describeObject(object)} is already defined at ${first.at}`]),
      ...(namespaces.has(namespace)
        ? []
        : [`${at}: ${describeObject(object)}: nothing creates namespace ${namespace}: add it to manifests/`]),
    ]
  })
}

/** A values file must be valid YAML with a mapping at the top. */
const valuesFileProblems = (overlay: Overlay, path: string): readonly string[] => {
  const lineCounter = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { ...parseOptions, lineCounter })
  const name = pathInOverlay(overlay, path)
  const problemAt = (offset: number, text: string) => {
    const { line, col } = lineCounter.linePos(offset)
    return [`${name}:${line}:${col}: ${text}`]
  }
  const [error] = document.errors as readonly YAMLError[]
  if (error) return problemAt(error.pos[0], describeSyntaxError(error))
  const read = valueOf(document)
  if (read.problem !== undefined) return problemAt(read.at, read.problem)
  const isEmpty = read.value === null
  return isEmpty || isMap(document.contents) ? [] : [`${name}:1:1: must be a mapping of values`]
}

/** Everything that is wrong with the values and manifests of an overlay. */
export const overlayFileProblems = (overlay: Overlay, selected: readonly StackName[]): readonly string[] => {
  const { objects, problems } = readManifests(overlay)
  const values = [...Object.values(overlay.values), ...Object.values(overlay.nextValues)]
  return [
    ...values.flatMap((path) => valuesFileProblems(overlay, path)),
    ...problems,
    ...objectProblems(objects, selected),
  ]
}
