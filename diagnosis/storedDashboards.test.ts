import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { ourComponents } from '../config/components.ts'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { startGrafana } from '../tests/grafana.ts'
import { judgeText, type JudgedFile } from './dashboardFiles.ts'
import type { Sidecar } from './dashboardSidecar.ts'
import {
  explainFromLogs,
  firstDifference,
  leftoverShortfalls,
  storageShortfalls,
} from './storedDashboards.ts'

test.each([
  [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, undefined],
  [
    { panels: [{ title: 'A' }] },
    { panels: [{ title: 'B' }] },
    'panels.0.title is "A" in Grafana, "B" in the file',
  ],
  [{ panels: [1, 2] }, { panels: [1] }, 'panels.1 is 2 in Grafana, missing in the file'],
  [{}, { tags: ['a'] }, 'tags is missing in Grafana, ["a"] in the file'],
  [{ a: [] }, { a: {} }, 'a is [] in Grafana, {} in the file'],
])('the first difference, row %#', (stored, file, expected) => {
  expect(firstDifference(stored, file)).toBe(expected)
})

const fileOf = (json: object): JudgedFile => {
  const text = JSON.stringify(json)
  const file = {
    source: 'ConfigMap monitoring/shop',
    key: 'shop.json',
    path: '/tmp/dashboards/shop.json',
    text,
  }
  const judgement = judgeText(text)
  return 'trouble' in judgement ? { ...file, trouble: judgement.trouble } : { ...file, ...judgement }
}

const deployment = ourComponents.grafana

const logged = (lines: readonly string[], ofSidecar: readonly string[] = []) =>
  ({
    core: {
      listNamespacedPod: async () => ({
        items: [
          {
            metadata: { ...deployment, name: 'grafana-0', ownerReferences: [deployment] },
            status: { phase: 'Running' },
          },
        ],
      }),
      readNamespacedPodLog: async ({ container }: { container: string }) =>
        (container === 'grafana' ? lines : ofSidecar).join('\n'),
    },
  }) as unknown as Kubernetes

const stored = { id: 7, uid: 'shop', version: 3, title: 'Shop', schemaVersion: 42 }
const shortfalls = async (
  file: object,
  { dashboards = [stored], checksums = {} }: Parameters<typeof startGrafana>[0],
  lines: readonly string[] = [],
) =>
  storageShortfalls(await startGrafana({ dashboards, checksums }), logged(lines), deployment, [fileOf(file)])

test.each([
  [
    'by its uid, whatever Grafana numbers',
    { title: 'Shop', uid: 'shop', id: null, version: 1, schemaVersion: 42 },
  ],
  ['by its title if it has no uid', { title: 'Shop', schemaVersion: 42 }],
])('a file that Grafana has, %s', async (_, file) => {
  expect(await shortfalls(file, {})).toEqual([])
})

test('a file that Grafana has stored in a newer schema is known by its checksum', async () => {
  const file = { title: 'Shop', uid: 'shop', schemaVersion: 39 }
  const md5 = createHash('md5').update(JSON.stringify(file)).digest('hex')
  expect(await shortfalls(file, { checksums: { shop: md5 } })).toEqual([])
  expect(await shortfalls(file, { checksums: { shop: 'other' } })).toHaveLength(1)
})

test('a changed file that has not arrived is named, with the line of Grafana', async () => {
  const lines = [
    'logger=provisioning.dashboard type=file name=sidecarProvider t=2026-11-28T09:00:00.1Z level=error msg="failed to save dashboard" file=/tmp/dashboards/other.json error="other"',
    'logger=provisioning.dashboard type=file name=sidecarProvider t=2026-11-28T09:00:01.1Z level=error msg="failed to save dashboard" file=/tmp/dashboards/shop.json error="database is locked"',
    'logger=context t=2026-11-28T09:00:02.1Z level=info msg="Request Completed"',
  ]
  expect(await shortfalls({ title: 'Shop 2', uid: 'shop' }, {}, lines)).toEqual([
    expect.stringMatching(
      /^"Shop 2" of ConfigMap monitoring\/shop \(shop\.json\) is in Grafana as it was before: title is "Shop" in Grafana, "Shop 2" in the file\n  Grafana says: level=error msg="failed to save dashboard" file=\S+shop\.json error="database is locked"\n  remedy: .*rollout restart/,
    ),
  ])
})

test('a file that Grafana does not have', async () => {
  expect(await shortfalls({ title: 'Shop', uid: 'new' }, {})).toEqual([
    expect.stringMatching(
      /^"Shop" of ConfigMap \S+ \(shop\.json\) is not in Grafana\n  the sidecar has not written \S+/,
    ),
  ])
})

const provisioning = 'logger=provisioning.dashboard type=file name=sidecarProvider t=2026-11-28T09:00:00Z'
const path = '/tmp/dashboards/shop.json'

test.each([
  [
    'duplicates',
    [
      `${provisioning} level=warn msg="Not saving new dashboard due to restricted database access" provisioner=sidecarProvider file=${path}`,
    ],
    [],
    /restricted database access.*\n  remedy: two files have the same uid/,
  ],
  [
    'a lock that concerns all files',
    [`${provisioning} level=error msg="failed to search for dashboards" error="database is locked"`],
    [],
    /failed to search for dashboards.*\n  remedy: .*other than SQLite/,
  ],
  [
    'a lock that Grafana logs as information',
    [
      'logger=sqlstore.transactions t=1 level=info msg="Database locked, sleeping then retrying" error="database is locked" retry=5',
    ],
    [],
    /Database locked.*\n  remedy: .*other than SQLite/,
  ],
  [
    'the problem of the file before that of others',
    [
      `${provisioning} level=error msg="failed to load dashboard from " file=${path} error="invalid character"`,
      `${provisioning} level=warn msg="dashboards provisioning provider has no database write permissions because of duplicates"`,
    ],
    [],
    /invalid character.*\n  remedy: correct the file/,
  ],
  [
    'nothing: written',
    [],
    [`{"level": "INFO", "msg": "Writing ${path} (ascii)"}`],
    /has written.*names no problem/,
  ],
  [
    'nothing: not written',
    [],
    [`{"level": "INFO", "msg": "Writing ${path}.old (ascii)"}`],
    /has not written.*\n  remedy: see/,
  ],
  [
    'the sidecar',
    [],
    ['{"level": "ERROR", "msg": "ApiException"}'],
    /not written .*, and says: .*ApiException/,
  ],
])('what the logs say about a file: %s', (_, grafana, sidecar, expected) => {
  expect(explainFromLogs(path, { deployment, grafana, sidecar })).toMatch(expected)
})

test('a dashboard is left over once the sidecar has missed the deletion of its file', async () => {
  const sidecar = { provided: '/tmp/dashboards' } as Sidecar
  const leftovers = async (files: readonly string[], ofSidecar: readonly string[]) =>
    leftoverShortfalls(await startGrafana({ dashboards: [stored] }), logged([], ofSidecar), deployment, {
      sidecar,
      files: files.map((file) => ({ path: file })),
    })
  const [written, removed] = [`{"msg":"Writing ${path} (ascii)"}`, `{"msg":"Removing ${path}"}`]
  expect(await leftovers([], [removed, written])).toEqual([
    expect.stringMatching(
      /^"Shop" is still in Grafana.*not removed \S+shop\.json,.*\n  remedy: .*rollout restart/,
    ),
  ])
  expect(await leftovers([], [written, removed])).toEqual([])
  expect(await leftovers([path], [written])).toEqual([])
  // A file of another provider.
  expect(await leftovers([], [])).toEqual([])
})
