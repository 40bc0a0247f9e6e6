import { readFile } from 'node:fs/promises'
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js'
import type { JsonObject } from '../lib/json.ts'

/** Returns a function that lists what a JSON Schema refuses in a value, once it is JSON. */
export const validator = (schema: JsonObject) => {
  const validate = new Ajv2020({ allErrors: true }).compile(schema)
  return (value: unknown): readonly string[] =>
    validate(JSON.parse(JSON.stringify(value)))
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
}

export const validatorOf = async (file: string) =>
  validator(JSON.parse(await readFile(file, 'utf8')) as AnySchemaObject)
