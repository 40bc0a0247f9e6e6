import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { stacks } from './stacks.ts'

const nodePortsIn = (values: unknown): readonly number[] =>
  [...JSON.stringify(values).matchAll(/"nodePort":(\d+)/g)].map(([, port]) => Number(port))

const charts = stacks.filter(({ values }) => values !== undefined)

test.each(charts)('the host ports of $name are the node ports in its values', async (stack) => {
  const values: unknown = parse(await readFile(stack.values?.[0] ?? '', 'utf8'))
  expect(Object.values(stack.hostPorts ?? {}).sort()).toEqual([...nodePortsIn(values)].sort())
})
