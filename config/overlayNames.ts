import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { isObject } from '../lib/json.ts'
import { namespaceOf, type OverlayObject } from './overlayManifests.ts'

/** A name by which messages refer to a part of the overlay, and the line of that part. */
export type OverlayName = Readonly<{
  /** All of these must be in one line of a message. */
  patterns: readonly RegExp[]
  /** `manifests/shop.yaml:12` */
  line: string
  /** The object that it is a part of; of several parts that a message names, the innermost counts. */
  object: OverlayObject
  depth: number
}>

const escaped = (text: string) => RegExp.escape(text)
/** Not as a part of a longer name. */
const whole = (text: string) => new RegExp(`(?<![\\w:./-])${escaped(text)}(?![\\w:-])`)
const quoted = (text: string) => new RegExp(`"${escaped(text)}"`)

const withPods = /^(Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob)$/
/** What Kubernetes appends to the name of a workload to name its pods: ordinals, and random characters without vowels. */
const letters = '[b-df-hj-np-tv-xz2-9]'
const podSuffix = `(?:-\\d+(?:-${letters}{5})?|(?:-${letters}{5,10}){1,2})`

/** Objects of several kinds often have one name, so a message means an object only if it names the kind as well. */
const objectNames = (one: OverlayObject): readonly OverlayName[] => {
  const { kind, metadata } = one.object
  const namespace = namespaceOf(one.object)
  const name = escaped(metadata.name)
  const place = namespace === undefined ? '' : `(?:${escaped(namespace)}/)?`
  const patterns = [
    // `ServiceMonitor shop/checkout`, `Deployment/checkout`, and the pool `serviceMonitor/shop/checkout/0`.
    new RegExp(`(?<!\\w)${kind}[ /]${place}${name}(?![\\w-])`, 'i'),
    ...(withPods.test(kind) ? [new RegExp(`(?<![\\w.-])${place}${name}${podSuffix}(?![\\w-])`)] : []),
    // Its receivers.
    ...(kind === 'AlertmanagerConfig' && namespace !== undefined
      ? [new RegExp(`(?<![\\w./-])${escaped(namespace)}/${name}/`)]
      : []),
  ]
  return patterns.map((pattern) => ({ patterns: [pattern], line: one.lineOf([]), object: one, depth: 0 }))
}

// What the operator refuses has no names here; it must not hide those of the others.
const listIn = (value: unknown, field: string): readonly unknown[] =>
  isObject(value) && Array.isArray(value[field]) ? (value[field] as unknown[]) : []
const textIn = (value: unknown, ...fields: readonly string[]): string | undefined =>
  fields
    .map((field) => (isObject(value) ? value[field] : undefined))
    .find((text): text is string => typeof text === 'string')

const ruleNames = (one: OverlayObject): readonly OverlayName[] => {
  const { kind, spec } = one.object
  if (kind !== 'PrometheusRule') return []
  return listIn(spec, 'groups').flatMap((given, index) => {
    const path = ['spec', 'groups', index]
    const group = textIn(given, 'name')
    const ofGroup =
      group === undefined
        ? []
        : [
            {
              patterns: [new RegExp(`group ${escaped(group)}(?![\\w-])`)],
              line: one.lineOf(path),
              object: one,
              depth: 1,
            },
          ]
    const ofRules = listIn(given, 'rules').flatMap((rule, position) => {
      const name = textIn(rule, 'alert', 'record')
      const line = one.lineOf([...path, 'rules', position])
      return name === undefined ? [] : [{ patterns: [whole(name)], line, object: one, depth: 2 }]
    })
    return [...ofGroup, ...ofRules]
  })
}

/** The titles in a dashboard, each with its line in the text: its own first, then those of its panels. */
const titlesIn = (json: string): readonly Readonly<{ title: string; line: number; isPanel: boolean }>[] => {
  const lineCounter = new LineCounter()
  // JSON is YAML. Unlike JSON.parse, this parser gives positions, and reads files that Grafana would reject.
  const document = parseDocument(json, { lineCounter })
  const titles: { title: string; line: number; isPanel: boolean }[] = []
  visit(document, {
    Pair: (_, pair, path) => {
      if (!isScalar(pair.key) || !isScalar(pair.value) || pair.key.value !== 'title') return
      const { line } = lineCounter.linePos(pair.key.range?.[0] ?? 0)
      const depth = path.filter(isMap).length
      titles.push({ title: String(pair.value.value), line, isPanel: depth > 1 })
    },
  })
  return titles
}

const dashboardNames = (one: OverlayObject): readonly OverlayName[] => {
  const { kind, data } = one.object
  if (kind !== 'ConfigMap' || !isObject(data)) return []
  return Object.entries(data).flatMap(([key, text]) => {
    if (!key.endsWith('.json') || typeof text !== 'string') return []
    const titles = titlesIn(text)
    const dashboard = titles.find(({ isPanel }) => !isPanel)?.title
    const placed = titles.map(({ title, line, isPanel }): OverlayName => ({
      patterns: [
        ...(isPanel && dashboard !== undefined ? [quoted(dashboard)] : []),
        isPanel ? new RegExp(`panel "${escaped(title)}`) : quoted(title),
      ],
      line: one.lineInText(['data', key], line),
      object: one,
      depth: isPanel ? 2 : 1,
    }))
    return [...placed, { patterns: [whole(key)], line: one.lineOf(['data', key]), object: one, depth: 1 }]
  })
}

/** Every name by which a message may refer to a part of these objects. */
export const overlayNames = (objects: readonly OverlayObject[]): readonly OverlayName[] =>
  objects.flatMap((one) => [...objectNames(one), ...ruleNames(one), ...dashboardNames(one)])

const shownLines = 5

/** The lines of the overlay that a message is about: `  from: manifests/shop.yaml:12 of the overlay`. */
export const describeOrigins = (message: string, names: readonly OverlayName[]): readonly string[] => {
  const lines = message.split('\n')
  const found = names.filter(({ patterns }) =>
    lines.some((line) => patterns.every((pattern) => pattern.test(line))),
  )
  const innermost = [...Map.groupBy(found, ({ object }) => object).values()].flatMap((same) => {
    const depth = Math.max(...same.map((one) => one.depth))
    return same.filter((one) => one.depth === depth)
  })
  const origins = [...new Set(innermost.map(({ line }) => `  from: ${line} of the overlay`))]
  const rest = origins.length - shownLines
  return rest > 0
    ? [...origins.slice(0, shownLines), `  from: and ${rest} more lines of the overlay`]
    : origins
}
