import { expect, test } from 'vitest'
import { ourComponents } from '../../config/components.ts'
import { mixed } from '../examples.ts'
import type { TaskRecord } from './collect.ts'
import { indexPage } from './indexPage.ts'

const tasks: readonly TaskRecord[] = [
  {
    name: 'resources',
    seconds: 2.31,
    files: [
      { file: 'resources/Pod.yaml', about: 'objects of kind Pod, v1', bytes: 1_254_000 },
      { file: 'resources/CronJob.yaml', about: 'objects of kind CronJob, batch/v1', bytes: 0 },
    ],
  },
  {
    name: 'pods and logs',
    seconds: 1.2,
    files: [
      { file: 'events.txt', about: 'events of all namespaces', bytes: 59_001 },
      { file: 'logs/default/app-1/app.log', about: 'container app', bytes: 12 },
    ],
  },
  {
    name: 'nodes',
    seconds: 0.1,
    files: [{ file: 'nodes', about: 'all files', bytes: 0, missing: 'docker ps\n  exited with code 1' }],
  },
]
const finishedAt = '2026-11-23T08:00:00.000Z'
const components = ourComponents

test('the most probable cause with its evidence, then other failures, missing files and all files', () => {
  expect(indexPage({ outcomes: mixed, errors: [], tasks, finishedAt, components })).toMatchInlineSnapshot(`
    "# ✗ no pod has a problem

    \`\`\`text
    no pod has a problem: not so after 120.0 s (98 tries)
      last: Pod default/app-1: container app keeps crashing: exit code 2, 5 restarts
    \`\`\`

    - ✗ \`cluster-pods\`, cluster

    Evidence:

    - [logs/default/app-1/](logs/default/app-1/): logs of app
    - [resources/Pod.yaml](resources/Pod.yaml): objects of kind Pod, v1
    - [events.txt](events.txt): events of all namespaces

    ## Other failures, in order of dependency

    ### ✗ opensearch did not come up

    \`\`\`text
    opensearch did not come up: helm upgrade --install opensearch
      exited with code 1 after 0.3 s
    \`\`\`

    - ✗ \`opensearch-pod\`, OpenSearch: one pod runs
    - ✗ \`logs-shape\`, logs: documents name pod | "node"

    ## What could not be collected

    - nodes (all files): docker ps | exited with code 1

    ## All files

    1 passed, 3 failed, 1 not run. Collected in parallel until 2026-11-23T08:00:00.000Z: resources 2.3 s, pods and logs 1.2 s, nodes 0.1 s.

    - [events.txt](events.txt): events of all namespaces (60 kB)

    ### logs/

    - [logs/default/app-1/app.log](logs/default/app-1/app.log): container app (1 kB)

    ### resources/

    - [resources/Pod.yaml](resources/Pod.yaml): objects of kind Pod, v1 (1.3 MB)

    Empty, so not written: resources/CronJob.yaml.
    "
  `)
})

test('an error outside of the claims comes first, in a fence longer than its own', () => {
  const errors = ['specs/app.spec.ts: Unexpected token\n```ts\nconst = 1\n```']
  const page = indexPage({ outcomes: mixed, errors, tasks: [], finishedAt, components })
  expect(page).toMatch(/^# ✗ specs\/app\.spec\.ts: Unexpected token\n\n````text\n/)
  expect(page).toContain('### ✗ no pod has a problem')
})

test('an interrupted run without a broken claim', () => {
  const page = indexPage({ outcomes: mixed.slice(0, 1), errors: [], tasks: [], finishedAt, components })
  expect(page).toMatch(/^# No claim is broken\n\n## All files/)
  expect(page).not.toContain('✗')
})
