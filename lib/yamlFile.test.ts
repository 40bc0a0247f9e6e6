import { expect, test } from 'vitest'
import { either, listOf, number, object, oneOf, optional, text } from './jsonSchema.ts'
import { readYamlFile } from './yamlFile.ts'

type Entry = Readonly<{
  id: string
  kind: 'red' | 'green'
  bounds?: Readonly<{ min?: number }>
  size?: number | readonly number[]
  a?: string
  b?: string
}>
const entry = object<Entry>({
  id: { ...text, pattern: '^[a-z-]+$', description: 'lower-case letters and dashes' },
  kind: oneOf(['red', 'green']),
  bounds: optional(object<NonNullable<Entry['bounds']>>({ min: optional(number) })),
  size: optional(either(number, listOf(number))),
  a: optional(text),
  b: optional(text),
})
const schema = listOf<Entry>({
  ...entry,
  oneOf: [{ required: ['a'] }, { required: ['b'] }],
})
const read = (file: string) => readYamlFile('entries.yaml', file, schema)

test('lists every mistake with line and column, in plain words', () => {
  const { value, problems } = read(`# yaml-language-server: $schema=entries.schema.json
- id: Mine
  kind: reed
  bounds: {minn: 1, min: "2"}
  a: x
- kind: red
  kind: green
  size: some
  other: 1
- id: last
  kind: 3
  size: [1, x]
  a: x
  b: y
- text
- id:
  kind: red
  a: x
`)
  expect(value).toBeUndefined()
  expect(problems).toMatchInlineSnapshot(`
    [
      "entries.yaml:2:3: entries[0].id: must be lower-case letters and dashes, not "Mine"",
      "entries.yaml:3:3: entries[0].kind: must be one of red, green, not "reed"; did you mean red?",
      "entries.yaml:4:12: entries[0].bounds.minn: no such field; did you mean min?",
      "entries.yaml:4:21: entries[0].bounds.min: must be a number, not "2"",
      "entries.yaml:6:3: entries[1]: must have exactly one of a, b",
      "entries.yaml:6:3: entries[1]: has no id",
      "entries.yaml:7:3: duplicate key in this mapping",
      "entries.yaml:8:3: entries[1].size: must be a number or a list, not "some"",
      "entries.yaml:9:3: entries[1].other: no such field; the fields are id, kind, bounds, size, a, b",
      "entries.yaml:10:3: entries[2]: must have exactly one of a, b, not a and b",
      "entries.yaml:11:3: entries[2].kind: must be one of red, green, not 3",
      "entries.yaml:12:13: entries[2].size[1]: must be a number, not "x"",
      "entries.yaml:15:3: entries[3]: must be a mapping, not "text"",
      "entries.yaml:16:3: entries[4].id: must be a string, not empty",
    ]
  `)
})

test.each([
  ['- id: a\n  b: {c\n', 'entries.yaml:3:1'],
  ['\tid: a\n', 'entries.yaml:1:1'],
  ['- a\n---\n- b\n', 'entries.yaml:2:1'],
  ['- id: *nowhere\n', 'entries.yaml:1:7'],
  ['- !secret x\n', 'entries.yaml:1:3'],
])('%j cannot be read', (file, position) => {
  const { value, problems } = read(file)
  expect(value).toBeUndefined()
  expect(problems[0]).toContain(`${position}: `)
})

test('a valid file, also with aliases; the position of the last part of a path that exists', () => {
  const { value, problems, positionOf, problemAt } = read(
    '- &one {id: one, kind: red, a: x}\n- *one\n-\n  id: two\n  kind: green\n  b: y\n',
  )
  expect(problems).toEqual([])
  expect(value?.map(({ id }) => id)).toEqual(['one', 'one', 'two'])
  expect(positionOf([1, 'kind'])).toBe('entries.yaml:1:18')
  expect(positionOf([2, 'bounds', 'min'])).toBe('entries.yaml:4:3')
  expect(problemAt([2, 'b'], 'is wrong')).toBe('entries.yaml:6:3: entries[2].b: is wrong')
})

test('merge keys, and a byte order mark', () => {
  const { value } = read('\uFEFF- &one {id: one, kind: red, a: x}\n- {<<: *one, id: two}\n')
  expect(value?.[1]).toEqual({ id: 'two', kind: 'red', a: 'x' })
})

test('a file with nothing but comments is empty', () =>
  expect(read('# nothing yet\n')).toMatchObject({ value: [], problems: [] }))
