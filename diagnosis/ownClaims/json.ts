import { isDeepStrictEqual } from 'node:util'
import jsonpointer from 'jsonpointer'
import type { JsonValues } from '../../config/ownClaims.ts'
import { expected } from './judgement.ts'

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/**
 * Values that are not at their JSON pointers in a JSON document.
 * @param isHidden whether the value at a pointer must not reach a report
 */
export const jsonShortfalls = (
  values: JsonValues = {},
  document: object,
  isHidden: (pointer: string) => boolean = () => false,
): readonly string[] =>
  Object.entries(values).flatMap(([pointer, value]) => {
    const found: unknown = jsonpointer.get(document, pointer)
    // Inherited properties of JavaScript objects are not part of the document.
    const seen = typeof found === 'function' ? undefined : found
    if (isDeepStrictEqual(seen, value)) return []
    const isSecret = seen !== undefined && isHidden(pointer)
    return [
      expected(`${shown(value)} at ${pointer}`, isSecret ? 'another value, which is not shown' : shown(seen)),
    ]
  })
