import { basename, extname } from 'node:path'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type YAMLError,
} from 'yaml'
import { isObject, type JsonObject } from './json.ts'
import { filled, type Schema } from './jsonSchema.ts'
import { messageOf } from './messages.ts'
import { nearest } from './nearest.ts'

type Path = readonly (string | number)[]

/** A YAML file that was checked against its JSON Schema. */
export type YamlFile<T> = Readonly<{
  /** Absent if there are problems. */
  value?: T
  /** The valid entries of a list, each with its index. */
  validEntries: readonly (readonly [index: number, entry: unknown])[]
  /** Every mistake: `claims.yaml:12:5: claims[2].promql: must be a string, not 5`. */
  problems: readonly string[]
  /** `claims.yaml:12:5`: where the value at a path is, or the last part of the path that exists. */
  positionOf: (path: Path) => string
  /** The line at which the text at a path begins: that of a block begins below its header. */
  textLineOf: (path: Path) => number
  /** A mistake that the caller found, in the same form. */
  problemAt: (path: Path, text: string) => string
}>

/** The node to point at for each step of a path: a key, or an item of a list. */
const nodesAt = (document: Document, path: Path): readonly unknown[] => {
  const nodes: unknown[] = [document.contents]
  let node: unknown = document.contents
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    const pair = isMap(node)
      ? node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step))
      : undefined
    const found = pair ?? (isSeq(node) ? node.items[Number(step)] : undefined)
    if (found === undefined) break
    nodes.push(isPair(found) ? found.key : found)
    node = isPair(found) ? found.value : found
  }
  return nodes
}

/** The value at a path, also through aliases. */
export const nodeAt = (document: Document, path: Path): unknown => {
  const resolved = (node: unknown) => (isAlias(node) ? node.resolve(document) : node)
  return path.reduce<unknown>(
    (node, step) => (isMap(node) || isSeq(node) ? resolved(node.get(step, true)) : undefined),
    resolved(document.contents),
  )
}

const offsetOf = (document: Document, path: Path): number =>
  nodesAt(document, path)
    .map((node) => (isObject(node) && Array.isArray(node['range']) ? Number(node['range'][0]) : 0))
    .at(-1) ?? 0

/** `claims[2].promql`; a list at the top has the name of the file. */
const describePath = (file: string, path: Path): string => {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return typeof path[0] === 'number' ? `${basename(file, extname(file))}${steps}` : steps.slice(1)
}

const pathOf = (pointer: string): Path =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'empty',
}
const typesOf = (types: unknown): string =>
  [types]
    .flat()
    .map((type) => typeNames[String(type)] ?? String(type))
    .join(' or ')

export const describeValue = (value: unknown): string => {
  if (value === null || value === '') return 'empty'
  // JSON has neither NaN nor infinity.
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'a mapping' : JSON.stringify(value)
}

type Finding = Readonly<{ path: Path; text: string }>

/** The fields of alternatives that differ in the field that they require. */
const requiredFields = (alternatives: unknown): readonly string[] =>
  (alternatives as readonly JsonObject[]).flatMap(({ required }) => (required as string[] | undefined) ?? [])

const isWithin = (outer: ErrorObject) => (inner: ErrorObject) =>
  inner.schemaPath.startsWith(`${outer.schemaPath}/`) &&
  `${inner.instancePath}/`.startsWith(`${outer.instancePath}/`)

const isAlternatives = ({ keyword }: ErrorObject) => keyword === 'anyOf' || keyword === 'oneOf'

/** What is wrong with a value that fits none of several forms, or more than one. */
const findingsAboutForms = (error: ErrorObject, inner: readonly ErrorObject[]): readonly Finding[] => {
  const path = pathOf(error.instancePath)
  const fields = requiredFields(error.schema)
  const isOneField = inner.every(
    ({ keyword, instancePath }) => keyword === 'required' && instancePath === error.instancePath,
  )
  if (isOneField && fields.length > 0) {
    const given = isObject(error.data) ? Object.keys(error.data).filter((key) => fields.includes(key)) : []
    const seen = given.length > 0 ? `, not ${given.join(' and ')}` : ''
    const count = error.keyword === 'oneOf' ? 'exactly' : 'at least'
    return [{ path, text: `must have ${count} one of ${fields.join(', ')}${seen}` }]
  }
  const forms = (error.schema as readonly JsonObject[]).map((_, index) =>
    inner.filter(({ schemaPath }) => schemaPath.startsWith(`${error.schemaPath}/${index}/`)),
  )
  // The form that was meant is one whose type the value has.
  const ofItsType = forms.filter(
    (form) =>
      !form.some(({ keyword, instancePath }) => keyword === 'type' && instancePath === error.instancePath),
  )
  const [meant] = ofItsType.sort((a, b) => a.length - b.length)
  if (meant && meant.length > 0) return findingsOf(meant)
  const types = forms.flatMap((form) => form.map(({ params }) => typesOf(params['type'])))
  return [{ path, text: `must be ${[...new Set(types)].join(' or ')}, not ${describeValue(error.data)}` }]
}

const findingOf = ({ keyword, instancePath, params, parentSchema, data, message }: ErrorObject): Finding => {
  const path = pathOf(instancePath)
  const not = `, not ${describeValue(data)}`
  switch (keyword) {
    case 'required':
      return { path, text: `has no ${params['missingProperty']}` }
    case 'additionalProperties': {
      const name = String(params['additionalProperty'])
      const known = Object.keys((parentSchema?.['properties'] as JsonObject | undefined) ?? {})
      const meant = nearest(name, known)
      const hint = meant === undefined ? `the fields are ${known.join(', ')}` : `did you mean ${meant}?`
      return { path: [...path, name], text: `no such field; ${hint}` }
    }
    case 'type':
      return { path, text: `must be ${typesOf(params['type'])}${not}` }
    case 'enum':
    case 'const': {
      const allowed = [params['allowedValues'] ?? params['allowedValue']].flat().map(String)
      const meant = nearest(String(data), allowed)
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`
      return {
        path,
        text: `must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}${not}${hint}`,
      }
    }
    case 'pattern': {
      if (params['pattern'] === filled['pattern']) return { path, text: 'must not be empty' }
      const rule: unknown = parentSchema?.['description'] ?? `a string that matches ${params['pattern']}`
      return { path, text: `must be ${String(rule)}${not}` }
    }
    case 'minLength':
      return { path, text: 'must not be empty' }
    case 'minimum':
      return { path, text: `must be at least ${params['limit']}${not}` }
    case 'maximum':
      return { path, text: `must be at most ${params['limit']}${not}` }
    case 'minItems':
    case 'minProperties':
      return { path, text: 'must have at least one entry' }
    default:
      return { path, text: `${message}${not}` }
  }
}

const findingsOf = (all: readonly ErrorObject[]): readonly Finding[] => {
  // A value of the wrong type has none of the fields either.
  const errors = all.filter(
    (error) =>
      !isAlternatives(error) ||
      requiredFields(error.schema).length === 0 ||
      !all.some(({ keyword, instancePath }) => keyword === 'type' && instancePath === error.instancePath),
  )
  const alternatives = errors.filter(isAlternatives)
  return errors
    .filter((error) => !alternatives.some((outer) => isWithin(outer)(error)))
    .flatMap((error) =>
      isAlternatives(error) ? findingsAboutForms(error, errors.filter(isWithin(error))) : [findingOf(error)],
    )
}

const schemaFindings = (value: unknown, schema: JsonObject): readonly Finding[] => {
  const validate = new Ajv2020({ allErrors: true, verbose: true }).compile(schema)
  return validate(value) ? [] : findingsOf(validate.errors ?? [])
}

export const describeSyntaxError = ({ code, message }: YAMLError): string => {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; the file must have one'
  const hint =
    code === 'UNEXPECTED_TOKEN' ? '; a string that contains `{`, `,`, `: ` or ` #` needs quotes' : ''
  return `not valid YAML: ${message}${hint}`
}

/** The value of a document, or why it has none and at which offset. */
export const valueOf = (
  document: Document,
): Readonly<{ value: unknown; problem?: never } | { problem: string; at: number }> => {
  try {
    return { value: document.toJS() }
  } catch (error) {
    const dangling: Alias[] = []
    visit(document, {
      Alias: (_, alias) => {
        if (alias.resolve(document) === undefined) dangling.push(alias)
      },
    })
    const [first] = dangling
    return first
      ? { problem: `*${first.source} has no anchor &${first.source} above it`, at: first.range?.[0] ?? 0 }
      : { problem: messageOf(error), at: 0 }
  }
}

/** How every YAML file is parsed: with merge keys, as kubectl and helm do. */
export const parseOptions = { prettyErrors: false, logLevel: 'error', merge: true } as const

/**
 * Parses a YAML file and checks it against its schema. A file with nothing but comments is an empty list or mapping. A
 * pattern in the schema has a description that completes "must be …".
 * @param file its name in problems
 */
export const readYamlFile = <T>(file: string, text: string, schema: Schema<T>): YamlFile<T> => {
  const lineCounter = new LineCounter()
  // The parser takes a byte order mark for an indentation.
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { ...parseOptions, lineCounter })
  const describeOffset = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const positionOf = (path: Path) => describeOffset(offsetOf(document, path))
  const textLineOf = (path: Path) => {
    const node = nodeAt(document, path)
    if (!isScalar(node) || !node.range) return lineCounter.linePos(offsetOf(document, path)).line
    return lineCounter.linePos(node.range[0]).line + (node.type?.startsWith('BLOCK') ? 1 : 0)
  }
  const problemAt = (path: Path, problem: string) =>
    [positionOf(path), describePath(file, path), problem].filter(Boolean).join(': ')

  const duplicates = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY')
  // Later errors mostly follow from the first syntax error.
  const [syntaxError] = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY')
  const inText = [
    ...duplicates.map(({ pos }) => ({ at: pos[0], text: 'duplicate key in this mapping' })),
    ...(syntaxError ? [{ at: syntaxError.pos[0], text: describeSyntaxError(syntaxError) }] : []),
    ...document.warnings.map(({ pos, message }) => ({ at: pos[0], text: message })),
  ].map((problem) => ({ at: problem.at, text: `${describeOffset(problem.at)}: ${problem.text}` }))
  const shown = (problems: readonly Readonly<{ at: number; text: string }>[]) => ({
    problems: [...problems].sort((a, b) => a.at - b.at).map((problem) => problem.text),
    validEntries: [],
    positionOf,
    textLineOf,
    problemAt,
  })
  if (syntaxError) return shown(inText)

  const read = valueOf(document)
  if (read.problem !== undefined)
    return shown([...inText, { at: read.at, text: `${describeOffset(read.at)}: ${read.problem}` }])
  const value = read.value ?? (schema['type'] === 'array' ? [] : {})
  const findings = schemaFindings(value, schema)
  const inValue = findings.map(({ path, text: problem }) => ({
    at: offsetOf(document, path),
    text: problemAt(path, problem),
  }))
  const { problems } = shown([...inText, ...inValue])
  const wrong = new Set(findings.map(({ path: [index] }) => index))
  const validEntries = Array.isArray(value) ? [...value.entries()].filter(([index]) => !wrong.has(index)) : []
  return {
    ...(problems.length === 0 && { value: value as T }),
    ...{ problems, validEntries, positionOf, textLineOf, problemAt },
  }
}
