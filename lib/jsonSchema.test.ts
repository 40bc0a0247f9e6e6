import { expect, test } from 'vitest'
import { validator } from '../tests/jsonSchema.ts'
import { constant, either, listOf, mapOf, number, object, oneOf, optional, text, time } from './jsonSchema.ts'

type Example = Readonly<{ name: string; size?: number; end: string | undefined; kind: 'a' | 'b' }>
const fields = { name: text, size: optional(number), end: optional(time), kind: oneOf(['a', 'b']) } as const
const example = object<Example>(fields)

test('a schema that is wider, narrower or lacks a field does not compile', () => {
  // @ts-expect-error: `kind` has no other texts
  object<Example>({ ...fields, kind: text })
  // @ts-expect-error: `kind` may be `b`
  object<Example>({ ...fields, kind: oneOf(['a']) })
  // @ts-expect-error: `size` may be missing
  object<Example>({ ...fields, size: number })
  // @ts-expect-error: `name` may not be missing
  object<Example>({ ...fields, name: optional(text) })
  // @ts-expect-error: `name` is a text
  object<Example>({ ...fields, name: either(text, number) })
  // @ts-expect-error: there is no field `other`
  object<Example>({ ...fields, other: text })
  const { end, ...others } = fields
  // @ts-expect-error: `end` lacks
  object<Example>(others)
  expect(object<Example>({ ...others, end })).toEqual(example)
})

test.each<[value: unknown, refused: readonly string[]]>([
  [{ name: 'x', kind: 'a' }, []],
  [{ name: 'x', kind: 'b', size: 1, end: '2026-11-23T07:45:20.123Z' }, []],
  [{ name: 1, kind: 'c', end: 'today' }, ['/name', '/end', '/kind']],
  [{ kind: 'a', other: 1 }, ['', '']],
])('%j', (value, refused) => {
  const paths = validator(example)(value).map((problem) => problem.split(':', 1)[0])
  expect(paths).toEqual(refused)
})

test('lists, maps and alternatives', () => {
  const refuses = validator(listOf(either(mapOf(number), constant('none'))))
  expect(refuses([{ a: 1, b: 2 }, 'none'])).toEqual([])
  expect(refuses(['some'])).not.toEqual([])
  expect(refuses([{ a: 'text' }])).not.toEqual([])
})
