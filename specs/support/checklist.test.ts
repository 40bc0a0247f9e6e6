import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { checklist } from './checklist.ts'

test('every id is unique', () => {
  const ids = checklist.map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})

test('the claims cover exactly the eleven items of the final checklist', () => {
  const items = new Set(checklist.flatMap((claim) => [...claim.items]))
  expect([...items].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('the checklist imports every spec', async () => {
  const specs = (await readdir('specs')).filter((file) => file.endsWith('.spec.ts'))
  const text = await readFile('specs/support/checklist.ts', 'utf8')
  expect(specs.filter((file) => !text.includes(`import '../${file}'`))).toEqual([])
})
