import type { Kubernetes } from '../clients/kubernetes.ts'
import type { ObjectName, OperatedComponents } from '../config/components.ts'
import type { Prometheus } from '../clients/prometheus.ts'
import {
  listObjects,
  listReaders,
  nameOf,
  readerIn,
  readNamespaces,
  readReader,
  type ConfigurationKind,
  type MonitoringObject,
  type Reader,
} from './monitoringObjects.ts'
import { lastComplaint, operatorLogCommand, operatorProblems, readOperatorLog } from './operatorLog.ts'
import { operatorNamespaceProblem } from './operatorNamespaces.ts'
import { operatorShortfalls, readerShortfalls } from './reconciled.ts'
import { readRejectionEvents, rejectionOf, ruleProblems, titleOf } from './rejections.ts'
import { ownSelection, whyNotSelected, type Selection } from './selection.ts'
import { readWritten } from './writtenConfig.ts'

/** An object that its reader should have loaded and has not, or not whole. */
type Missing = Readonly<{
  object: MonitoringObject
  kind: ConfigurationKind
  parts: readonly string[]
  /** Why its reader ignores it; undefined if it should read it. */
  unselected: string | undefined
}>

/** `none of its groups (good, bad) is loaded` */
const describeParts = ({ object, kind, parts }: Missing): string => {
  const all = kind.partsOf(object)
  if (kind.kind !== 'PrometheusRule') return 'not in force'
  const names = (paths: readonly string[]) => paths.map((path) => path.slice(path.indexOf('.yaml/') + 6))
  return parts.length === all.length
    ? `none of its groups is loaded (${names(all).join(', ')})`
    : `group ${names(parts).join(', ')} is not loaded`
}

const isIgnoredWithoutRoute = ({ kind, spec }: MonitoringObject) =>
  kind === 'AlertmanagerConfig' && spec['route'] === undefined

/** Everything that may explain why an object is missing; read only if one is. */
type Explanations = Readonly<{
  written: (part: string) => boolean
  events: Awaited<ReturnType<typeof readRejectionEvents>>
  log: readonly string[]
  reader: MonitoringObject
  operator: ObjectName
  /** Why the operator does not run. */
  operatorShortfall: readonly string[]
  operatorNamespaces: (object: MonitoringObject) => string | undefined
  /** What is wrong with the expressions of a PrometheusRule. */
  problemsOf: (object: MonitoringObject) => Promise<readonly string[]>
}>

const correct = 'correct it where values/ or manifests/ describe it'

const whyMissing = async (
  { object, parts, unselected }: Missing,
  { written, events, log, reader, operator, ...explanations }: Explanations,
): Promise<string> => {
  const { kind, metadata } = object
  const ignored = unselected ?? explanations.operatorNamespaces(object)
  if (ignored !== undefined) return ignored
  if (isIgnoredWithoutRoute(object))
    return 'it has no route, and the operator ignores the receivers of such an AlertmanagerConfig\n  remedy: add spec.route'
  if (parts.every(written))
    return (
      `the operator has written it, but ${reader.kind} does not run with it\n` +
      `  remedy: wait a minute for the kubelet to update the file; if this lasts, \`kubectl -n ${reader.metadata.namespace} logs ` +
      `${reader.kind === 'Prometheus' ? 'prometheus' : 'alertmanager'}-${reader.metadata.name}-0 -c config-reloader\` shows why`
    )
  const rejection = rejectionOf(object, events)
  const { namespace = '', name = '' } = metadata
  const logged = operatorProblems(log, { kind, namespace, name })
  if (rejection !== undefined || logged.length > 0) {
    const problems = kind === 'PrometheusRule' ? await explanations.problemsOf(object) : []
    const details = problems.length > 0 ? problems : rejection === 'invalid rule' ? logged : []
    const reason = rejection ?? logged.join('; ')
    return [`the operator rejects it: ${reason}`, ...details.slice(0, 5), `remedy: ${correct}`].join('\n  ')
  }
  const [readerProblem] = readerShortfalls(reader, operator)
  if (readerProblem !== undefined) return `the operator does not reconcile its reader: ${readerProblem}`
  const complaint = lastComplaint(log)
  return [
    'the operator has not taken it up',
    ...(complaint === undefined ? [] : [`its last complaint: ${complaint}`]),
    ...explanations.operatorShortfall,
    `remedy: if this lasts, ${operatorLogCommand(operator)} shows why`,
  ].join('\n  ')
}

const explainMissing = async (
  kubernetes: Kubernetes,
  missing: readonly Missing[],
  {
    reader,
    operator,
    format,
  }: Readonly<{
    reader: MonitoringObject
    operator: ObjectName
    format: Prometheus['format']
  }>,
): Promise<readonly string[]> => {
  if (missing.length === 0) return []
  const { namespace = '', name = '' } = reader.metadata
  const [written, events, log, operatorShortfall, operatorNamespaces] = await Promise.all([
    readWritten(kubernetes, reader.kind as Reader, { namespace, name }),
    readRejectionEvents(kubernetes),
    readOperatorLog(kubernetes, operator),
    operatorShortfalls(kubernetes, operator),
    operatorNamespaceProblem(kubernetes, operator),
  ])
  const explanations = {
    ...{ written, events, log, reader, operator, operatorShortfall, operatorNamespaces },
    problemsOf: (object: MonitoringObject) => ruleProblems(object, format),
  }
  return Promise.all(
    missing.map(
      async (one) => `${titleOf(one.object)}: ${describeParts(one)}: ${await whyMissing(one, explanations)}`,
    ),
  )
}

/** Which parts of the objects of a kind are not in what their reader has loaded. */
export const missingObjects = (
  kind: ConfigurationKind,
  objects: readonly MonitoringObject[],
  selection: Selection,
  loaded: ReadonlySet<string>,
): readonly Missing[] =>
  objects.flatMap((object) => {
    const unselected = whyNotSelected(selection, object.metadata)
    const parts = kind.partsOf(object).filter((part) => !loaded.has(part))
    return parts.length > 0 || unselected !== undefined ? [{ object, kind, parts, unselected }] : []
  })

// What is said in full; the rest is named.
const explained = 5

/**
 * The objects of these kinds that are not in force, and why.
 * @param loaded the names of all parts that the reader has loaded
 */
export const inForceShortfalls = async (
  kubernetes: Kubernetes,
  components: OperatedComponents,
  kinds: readonly ConfigurationKind[],
  {
    reader: readerKind,
    loaded,
    format,
  }: Readonly<{ reader: Reader; loaded: readonly string[]; format: Prometheus['format'] }>,
): Promise<readonly string[]> => {
  const [reader, readers, namespaces, lists] = await Promise.all([
    readReader(kubernetes, readerKind, readerIn(components, readerKind)),
    listReaders(kubernetes),
    readNamespaces(kubernetes),
    Promise.all(kinds.map((kind) => listObjects(kubernetes, kind))),
  ])
  const parts = new Set(loaded)
  const missing = kinds.flatMap((kind, index) => {
    const { selection, isOwn } = ownSelection(reader, readers, kind.kind, kind.field, namespaces)
    const objects = (lists[index] ?? []).filter(({ metadata }) => isOwn(metadata))
    return missingObjects(kind, objects, selection, parts)
  })
  const rest = missing.slice(explained)
  return [
    ...(await explainMissing(kubernetes, missing.slice(0, explained), {
      ...{ reader, format },
      operator: components.operator,
    })),
    ...(rest.length > 0
      ? [
          `and ${rest.length} more: ${rest.map(({ object }) => `${object.kind} ${nameOf(object)}`).join(', ')}`,
        ]
      : []),
  ]
}
