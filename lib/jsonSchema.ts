import type { JsonObject } from './json.ts'

declare const value: unique symbol
/**
 * A JSON Schema for the values of a type. The function never exists; it makes the type invariant, so that a schema of a
 * wider or narrower type does not compile.
 */
export type Schema<T> = JsonObject & Readonly<{ [value]?: (one: T) => T; optional?: never }>
type ValueOf<S> = S extends Schema<infer T> ? T : never

type OptionalField<T> = Readonly<{ optional: Schema<T> }>
/** JSON has no undefined: a field that may be undefined may be absent. */
type FieldsOf<T> = Readonly<{
  [K in keyof T]-?: undefined extends T[K] ? OptionalField<Exclude<T[K], undefined>> : Schema<T[K]>
}>

export const text: Schema<string> = { type: 'string' }
/** A text with more than white space in it. */
export const filled: Schema<string> = { type: 'string', pattern: '\\S' }
export const number: Schema<number> = { type: 'number' }
export const flag: Schema<boolean> = { type: 'boolean' }
/** ISO 8601, in UTC. */
export const time: Schema<string> = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[\\d.]*Z$',
}

export const constant = <const T extends string | number | boolean>(only: T): Schema<T> => ({ const: only })

export const oneOf = <const T extends string>(values: readonly T[]): Schema<T> => ({ enum: values })

export const either = <S extends readonly JsonObject[]>(...schemas: S): Schema<ValueOf<S[number]>> => ({
  anyOf: schemas,
})

export const listOf = <T>(items: Schema<T>): Schema<readonly T[]> => ({ type: 'array', items })

export const mapOf = <T>(values: Schema<T>): Schema<Readonly<Record<string, T>>> => ({
  type: 'object',
  additionalProperties: values,
})

export const optional = <T>(schema: Schema<T>): OptionalField<T> => ({ optional: schema })

/** An object with exactly these fields. */
export const object = <T>(fields: FieldsOf<T>): Schema<T> => {
  const all = Object.entries(fields as Readonly<Record<string, JsonObject>>).map(([name, field]) =>
    'optional' in field
      ? { name, schema: field.optional, required: false }
      : { name, schema: field, required: true },
  )
  return {
    type: 'object',
    properties: Object.fromEntries(all.map(({ name, schema }) => [name, schema])),
    required: all.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  }
}

export const described = <S extends JsonObject>(description: string, schema: S): S => ({
  description,
  ...schema,
})

/** A `$ref` to each of these definitions. */
export const referencesTo = <D extends Readonly<Record<string, JsonObject>>>(definitions: D): D => {
  const references: JsonObject = Object.fromEntries(
    Object.keys(definitions).map((name) => [name, { $ref: `#/$defs/${name}` }]),
  )
  return references as D
}

export const schemaDocument = (
  file: string,
  title: string,
  schema: JsonObject,
  definitions: Readonly<Record<string, JsonObject>>,
): JsonObject => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: file,
  title,
  ...schema,
  $defs: definitions,
})
