import { readFile } from 'node:fs/promises'
import type { V1Pod } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { describePods, lastOf, logsOf } from './pods.ts'

// As the API server of a live cluster gave them.
const pods = JSON.parse(await readFile('tests/recordings/pods.json', 'utf8')) as V1Pod[]

test('pods that are not well come first, each group by name', () => {
  // What is the matter with each is for the tests of readiness to say.
  const lines = describePods(pods).split('\n')
  expect(lines.map((line) => line.split(': ')[0]).join('\n')).toMatchInlineSnapshot(`
    "✗ trouble/command-not-found on observability-e2e-worker2, 3 restarts
    ✗ trouble/image-not-found on observability-e2e-worker3, 0 restarts
    ✗ trouble/init-crashing on observability-e2e-worker2, 3 restarts
    ✗ trouble/keeps-crashing on observability-e2e-worker2, 3 restarts
    ✗ trouble/missing-config on observability-e2e-worker2, 0 restarts
    ✗ trouble/missing-volume on observability-e2e-worker3, 0 restarts
    ✗ trouble/not-ready on observability-e2e-worker3, 0 restarts
    ✗ trouble/out-of-memory on observability-e2e-worker3, 3 restarts
    ✗ trouble/too-large on no node, 0 restarts
    ✗ trouble/unbound-claim on no node, 0 restarts
    ✓ monitoring/opensearch-cluster-master-0 on observability-e2e-worker, 0 restarts"
  `)
  expect(lines.filter((line) => line.startsWith('✗')).every((line) => line.includes(': '))).toBe(true)
})

test('logs of init and other containers, and of the run before where there was one', () => {
  const files = pods
    .flatMap(logsOf)
    .map(({ file, about, previous }) => `${file}: ${about}${previous ? ' *' : ''}`)
  expect(files.join('\n')).toMatchInlineSnapshot(`
    "logs/trouble/command-not-found/main.log: container main
    logs/trouble/command-not-found/main.previous.log: container main, the run before *
    logs/trouble/image-not-found/main.log: container main
    logs/trouble/init-crashing/prepare.log: container prepare
    logs/trouble/init-crashing/prepare.previous.log: container prepare, the run before *
    logs/trouble/init-crashing/main.log: container main
    logs/trouble/keeps-crashing/main.log: container main
    logs/trouble/keeps-crashing/main.previous.log: container main, the run before *
    logs/trouble/missing-config/main.log: container main
    logs/trouble/missing-volume/main.log: container main
    logs/trouble/not-ready/main.log: container main
    logs/trouble/out-of-memory/main.log: container main
    logs/trouble/out-of-memory/main.previous.log: container main, the run before *
    logs/trouble/too-large/main.log: container main
    logs/trouble/unbound-claim/main.log: container main
    logs/monitoring/opensearch-cluster-master-0/fsgroup-volume.log: container fsgroup-volume
    logs/monitoring/opensearch-cluster-master-0/sysctl.log: container sysctl
    logs/monitoring/opensearch-cluster-master-0/configfile.log: container configfile
    logs/monitoring/opensearch-cluster-master-0/opensearch.log: container opensearch"
  `)
})

test('a log that is too long loses its beginning, up to a whole line', () => {
  expect(lastOf('one\ntwo\nthree\n', 11)).toBe('[4 characters before this are left out]\ntwo\nthree\n')
  expect(lastOf('one\ntwo\n', 8)).toBe('one\ntwo\n')
})
