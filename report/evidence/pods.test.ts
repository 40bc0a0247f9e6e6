import { readFile } from 'node:fs/promises'
import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { describePods, lastOf, logsOf } from './pods.ts'

const pods = JSON.parse(await readFile('tests/recordings/pods.json', 'utf8')) as V1Pod[]

test('pods with a problem come first, each with its node, restarts and cause', () => {
  const lines = describePods(pods).split('\n')
  expect(lines).toHaveLength(pods.length)
  expect(lines[0]).toMatch(
    /^✗ trouble\/command-not-found on observability-e2e-worker2, 3 restarts: container main keeps crashing: /,
  )
  expect(lines).toContainEqual(expect.stringMatching(/^✗ trouble\/too-large on no node, 0 restarts: /))
  expect(lines.at(-1)).toBe(
    '✓ monitoring/opensearch-cluster-master-0 on observability-e2e-worker, 0 restarts',
  )
  expect(lines.slice(0, -1).every((line) => line.startsWith('✗'))).toBe(true)
})

test.each([
  ['image-not-found', ['main.log']],
  // The main container waits for the init container, which restarted.
  ['init-crashing', ['prepare.log', 'prepare.previous.log', 'main.log']],
  ['keeps-crashing', ['main.log', 'main.previous.log']],
])('the log files of pod %s', (name, expected) => {
  const logs = pods.filter(({ metadata }) => metadata?.name === name).flatMap(logsOf)
  expect(logs.map(({ file }) => file)).toEqual(expected.map((file) => `logs/trouble/${name}/${file}`))
  expect(logs.map(({ previous }) => previous)).toEqual(expected.map((file) => file.includes('previous')))
})

test('the beginning of a log that is too long is left out, up to a whole line', () => {
  expect(lastOf('one\ntwo\nthree\n', 11)).toBe('[4 characters before this are left out]\ntwo\nthree\n')
  expect(lastOf('one\ntwo\n', 8)).toBe('one\ntwo\n')
})
