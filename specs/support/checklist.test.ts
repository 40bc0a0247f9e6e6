import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { checklist, claimOf, notRunReason } from './checklist.ts'

const specs = async () => (await readdir('specs')).filter((file) => file.endsWith('.spec.ts')).sort()
const ids = checklist.map(({ id }) => id)

test('every id is there once', () => {
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})

test('each of the eleven items of the final checklist has a claim, and there is no other item', () => {
  const items = new Set<number>(checklist.flatMap((claim) => [...claim.items]))
  expect([...items].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('each claim is stated once, in one spec', async () => {
  const texts = await Promise.all((await specs()).map((file) => readFile(`specs/${file}`, 'utf8')))
  const stated = texts.flatMap((text) =>
    [...text.matchAll(/^claim\w+\(\s*'([^']+)'/gm)].map(([, id]) => id ?? ''),
  )
  expect(stated.sort()).toEqual([...ids].sort())
})

test('every spec is one of those that are run', async () => {
  const text = await readFile('specs/support/all.ts', 'utf8')
  expect([...text.matchAll(/^import '\.\.\/(.+)'$/gm)].map(([, file]) => file)).toEqual(await specs())
})

test('claims that the selected stacks leave out, with the reason', () => {
  const reason = (id: Parameters<typeof claimOf>[0]) => notRunReason(claimOf(id), ['opensearch', 'vector'])
  expect(reason('vector-nodes')).toBeUndefined()
  expect(reason('cluster-nodes')).toBeUndefined()
  expect(reason('dql-since')).toMatchInlineSnapshot(`"E2E_STACKS leaves out opensearch-dashboards"`)
  expect(reason('app-pods')).toMatchInlineSnapshot(
    `"E2E_STACKS leaves out kube-prometheus-stack, custom-metrics-app"`,
  )
})
