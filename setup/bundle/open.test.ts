import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../config/config.ts'
import { stackOf, stacks } from '../../config/stacks.ts'
import { describeProblems } from '../preflight/problems.ts'
import { formatVersion, incompleteFile, type Contents } from './contents.ts'
import { contentsProblems, fileProblems, verifyBundle, type Needs } from './open.ts'

const pinned = 'kindest/node:v1.36.4@sha256:099e'
const contents: Contents = {
  formatVersion,
  platform: 'linux-amd64',
  createdAt: '2026-11-28T09:00:00.000Z',
  nodeImage: { source: pinned, reference: 'observability-e2e/bundled-node:v1.36.4-0f1e' },
  tools: { kind: '0.33.0', helm: '4.3.1' },
  charts: stacks.flatMap(({ chart }) => chart ?? []),
  images: [],
  files: {},
}
const needs: Needs = {
  folder: '/bundle',
  stacks,
  nodeImage: undefined,
  pinnedNodeImage: pinned,
  platform: 'linux-amd64',
}
const newVector = stackOf('vector', { vector: { version: '0.58.0', values: ['values/vector.yaml'] } })
const has = (text: string) => expect.stringContaining(text) as string

test.each<[string, Partial<Contents>, Partial<Needs>, readonly object[]]>([
  ['has what the run needs', {}, {}, []],
  ['has the node image that is set', {}, { nodeImage: pinned }, []],
  ['is of another format', { formatVersion: 0 }, {}, [{ severity: 'error', seen: has('format 0') }]],
  [
    'is for another platform',
    { platform: 'linux-arm64' },
    {},
    [{ severity: 'error', needed: 'linux-amd64' }],
  ],
  [
    'has an old kind',
    { tools: { kind: '0.31.0', helm: '4.3.1' } },
    {},
    [{ severity: 'error', what: has('version of kind'), seen: '0.31.0', needed: '0.33.x' }],
  ],
  [
    'lacks the version of a chart that an upgrade installs later',
    { charts: [...contents.charts, { name: 'opensearch', version: '3.8.0' }] },
    { stacks: [...stacks, newVector] },
    [
      {
        severity: 'error',
        what: 'chart vector 0.58.0 is not in the bundle',
        seen: 'vector 0.57.0',
        remedy: has('npm run bundle -- /bundle opensearch@3.8.0 vector@0.58.0'),
      },
    ],
  ],
  [
    'has another node image than the one that is set',
    {},
    { nodeImage: 'kindest/node:v1.34.0' },
    [{ severity: 'error', seen: has(pinned), remedy: has('unset E2E_NODE_IMAGE') }],
  ],
  [
    'has another node image than the pinned one',
    {},
    { pinnedNodeImage: 'kindest/node:v1.37.0@sha256:a1ed' },
    [{ severity: 'warning', seen: pinned }],
  ],
])('a bundle that %s', (_, changes, changedNeeds, expected) => {
  expect(contentsProblems({ ...contents, ...changes }, { ...needs, ...changedNeeds })).toMatchObject(expected)
})

const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

test('every damaged or missing file is named with its checksums', async () => {
  const folder = await newFolder()
  const checksum = (text: string) => ({
    sha256: createHash('sha256').update(text).digest('hex'),
    bytes: text.length,
  })
  await writeFile(join(folder, 'right'), 'right')
  await writeFile(join(folder, 'cut'), 'cu')
  const files = { right: checksum('right'), cut: checksum('cut'), 'gone/away': checksum('') }
  const problems = await fileProblems({ ...contents, files }, folder)
  expect(`\n${describeProblems(problems).replaceAll(folder, '/bundle')}\n`).toMatchInlineSnapshot(`
    "
    error: 2 of 3 files in the bundle are damaged or missing
        seen:   cut: expected sha256 378bfce5cda2599a6cda399f1cacef861e4e575ec794744dcf0e55e9c4780633 (3 bytes), found e67be79550661604d9b9c646911c80d74f6c691613224c207fa7088c20698acd (2 bytes)
                gone/away: missing
        needed: every file as /bundle/bundle.json lists it
        remedy: copy the bundle again, or on a machine with access: npm run bundle -- /bundle
    "
  `)
})

test.runIf(process.platform === 'linux').each([
  ['does not exist', async () => '/nowhere', 'the bundle cannot be read'],
  [
    'was not finished',
    async () => {
      const folder = await newFolder()
      await writeFile(incompleteFile(folder), '')
      return folder
    },
    'the bundle is incomplete',
  ],
])('a bundle that %s', async (_, makeFolder, what) => {
  const { problems } = await verifyBundle(loadConfig({}), await makeFolder(), [{}])
  expect(problems).toMatchObject([{ severity: 'error', what }])
})
