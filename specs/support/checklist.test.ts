import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { checklist, claimOf } from './checklist.ts'
import { notRunReason } from './claim.ts'

test('every id is there once', () => {
  const ids = checklist.map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})

test('each of the eleven items of the final checklist has a claim, and there is no other item', () => {
  const items = new Set(checklist.flatMap((claim) => [...claim.items]))
  expect([...items].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('the checklist has the claims of every spec', async () => {
  const specs = (await readdir('specs')).filter((file) => file.endsWith('.spec.ts'))
  const text = await readFile('specs/support/checklist.ts', 'utf8')
  expect(specs.filter((file) => !text.includes(`import '../${file}'`))).toEqual([])
})

test('a claim whose stacks are not selected is not run, with the reason', () => {
  const reason = (id: string) => notRunReason(claimOf(id), ['opensearch', 'vector'])
  expect(reason('vector-nodes')).toBeUndefined()
  expect(reason('cluster-nodes')).toBeUndefined()
  expect(reason('dql-since')).toBe('E2E_STACKS leaves out opensearch-dashboards')
  expect(reason('app-pods')).toBe('E2E_STACKS leaves out kube-prometheus-stack, custom-metrics-app')
})
