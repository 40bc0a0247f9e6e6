import { expect, test } from 'vitest'
import type { ClaimOutcome } from '../../specs/support/claim.ts'
import type { TaskRecord } from './collect.ts'
import { indexPage } from './indexPage.ts'

const claim = (area: string, id: string, sentence: string) => ({ area, id, sentence, items: [], needs: [] })
const crash = 'Pod default/app-1: container app keeps crashing: exit code 2, 5 restarts'
const refused =
  'opensearch did not come up: helm upgrade --install opensearch\n  exited with code 1 after 0.3 s'
const outcomes: readonly ClaimOutcome[] = [
  { claim: claim('cluster', 'cluster-nodes', 'four nodes are Ready'), verdict: 'holds', seconds: 0.1 },
  {
    claim: claim('cluster', 'cluster-pods', 'no pod is in trouble in any namespace'),
    verdict: 'broken',
    seconds: 120,
    text: `no pod is in trouble in any namespace: not so after 120.0 s (98 tries)\n  last: ${crash}`,
  },
  {
    claim: claim('OpenSearch', 'opensearch-pod', 'one pod runs'),
    verdict: 'broken',
    seconds: 0.1,
    text: refused,
  },
  {
    claim: claim('logs', 'logs-shape', 'documents name their pod'),
    verdict: 'broken',
    seconds: 0.1,
    text: refused,
  },
]
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
    name: 'events',
    seconds: 0.4,
    files: [{ file: 'events.txt', about: 'events of all namespaces', bytes: 59_001 }],
  },
  {
    name: 'pods and logs',
    seconds: 1.2,
    files: [{ file: 'logs/default/app-1/app.log', about: 'container app', bytes: 12 }],
  },
  {
    name: 'opensearch',
    seconds: 15.02,
    files: [
      {
        file: 'opensearch/health.json',
        about: 'health of the cluster',
        bytes: 0,
        missing: 'GET http://127.0.0.1:30920/_cluster/health: no answer: ECONNREFUSED',
      },
    ],
  },
  {
    name: 'nodes',
    seconds: 0.1,
    files: [{ file: 'nodes', about: 'all of it', bytes: 0, missing: 'docker ps\n  exited with code 1' }],
  },
]
const finishedAt = '2026-11-23T08:00:00.000Z'

test('the most probable cause with its evidence, what else is broken, what is missing, all files', () => {
  expect(indexPage({ outcomes, errors: [], tasks, finishedAt })).toMatchInlineSnapshot(`
    "# ✗ no pod is in trouble in any namespace

    \`\`\`text
    no pod is in trouble in any namespace: not so after 120.0 s (98 tries)
      last: Pod default/app-1: container app keeps crashing: exit code 2, 5 restarts
    \`\`\`

    - ✗ \`cluster-pods\`, cluster

    Evidence:

    - [logs/default/app-1/](logs/default/app-1/): logs of app
    - [resources/Pod.yaml](resources/Pod.yaml): objects of kind Pod, v1
    - [events.txt](events.txt): events of all namespaces

    ## What else is broken, in the order of dependency

    ### ✗ opensearch did not come up

    \`\`\`text
    opensearch did not come up: helm upgrade --install opensearch
      exited with code 1 after 0.3 s
    \`\`\`

    - ✗ \`opensearch-pod\`, OpenSearch: one pod runs
    - ✗ \`logs-shape\`, logs: documents name their pod

    ## What could not be had

    - opensearch/health.json (health of the cluster): GET http://127.0.0.1:30920/_cluster/health: no answer: ECONNREFUSED
    - nodes (all of it): docker ps | exited with code 1

    ## All files

    1 passed, 3 failed. Collected by 2026-11-23T08:00:00.000Z, side by side: resources 2.3 s, events 0.4 s, pods and logs 1.2 s, opensearch 15.0 s, nodes 0.1 s.

    - [events.txt](events.txt): events of all namespaces (60 kB)

    ### logs/

    - [logs/default/app-1/app.log](logs/default/app-1/app.log): container app (1 kB)

    ### resources/

    - [resources/Pod.yaml](resources/Pod.yaml): objects of kind Pod, v1 (1.3 MB)

    Nothing to tell, so not written: resources/CronJob.yaml.
    "
  `)
})

test('an error outside of claims comes first', () => {
  const errors = ['specs/app.spec.ts: Unexpected token\n```ts\nconst = 1\n```']
  const page = indexPage({ outcomes, errors, tasks: [], finishedAt })
  expect(page.slice(0, page.indexOf('### '))).toMatchInlineSnapshot(`
    "# ✗ specs/app.spec.ts: Unexpected token

    \`\`\`\`text
    specs/app.spec.ts: Unexpected token
    \`\`\`ts
    const = 1
    \`\`\`
    \`\`\`\`

    ## What else is broken, in the order of dependency

    "
  `)
})

test('a run that was cut short may have nothing that is broken', () => {
  expect(indexPage({ outcomes: outcomes.slice(0, 1), errors: [], tasks: [], finishedAt }))
    .toMatchInlineSnapshot(`
    "# No claim is broken

    ## All files

    1 passed, 0 failed. Collected by 2026-11-23T08:00:00.000Z, side by side: .
    "
  `)
})
