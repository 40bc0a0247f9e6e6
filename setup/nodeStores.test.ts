import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Limits } from '../config/config.ts'
import { describeStores, keepStores, parseSize, prepareNodeStores } from './nodeStores.ts'

/**
 * A Docker whose answers are the cases of a shell script.
 * @returns the commands it was asked for
 */
const fakeDocker = async (cases: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'docker-'))
  const script = `#!/bin/sh\necho $* >> ${folder}/commands\ncase "$*" in\n${cases}\nesac\n`
  await writeFile(join(folder, 'docker'), script, { mode: 0o755 })
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })
  return async (begin: string) => {
    const commands = (await readFile(join(folder, 'commands'), 'utf8')).split('\n')
    return commands.filter((command) => command.startsWith(begin))
  }
}

const nodes = ['e2e-control-plane', 'e2e-worker']
const options = {
  cluster: 'e2e',
  nodeImage: 'kindest/node:v1',
  nodes,
  limits: { command: 5000, cluster: 5000 } as Limits,
}
// The first 12 digits of the SHA-256 of `sha256:1`.
const digest = '51ae7fa00c92'
const image = `'image inspect'*) echo sha256:1;;`
const existing = (...names: readonly string[]) => `'volume ls'*) echo '${names.join('\n')}';;`
const bothStores = nodes.map((node) => `${node}-${digest}`)

test.runIf(process.platform === 'linux')('both stores of the last cluster are used', async () => {
  const asked = await fakeDocker(
    `${image}\n${existing(...bothStores)}\n'volume inspect'*) echo /v/0; echo /v/1;;`,
  )
  const stores = { volumes: bothStores, folders: ['/v/0', '/v/1'] }
  expect(await prepareNodeStores(options)).toEqual({
    ...stores,
    image: `observability-e2e/node:${digest}-bare`,
  })
  expect(await asked('run')).toHaveLength(2)
  expect(await asked('volume rm')).toEqual([])
})

const withStores = `${existing(...bothStores)}\n'volume inspect'*) echo /v/0; echo /v/1;;`
const noBareImage = `'image inspect'*observability-e2e/node*) exit 1;;`

test.runIf(process.platform === 'linux')('the first time, an image without the store is made', async () => {
  const config = `'image inspect'*Entrypoint*) echo 'ENTRYPOINT ["/init"]'; echo 'CMD null';;`
  const cases = `${noBareImage}\n${config}\n'run --detach'*) echo c1;;\nwait*) echo 0;;\n${image}\n${withStores}`
  const asked = await fakeDocker(cases)
  expect(await prepareNodeStores(options)).toMatchObject({ image: `observability-e2e/node:${digest}-bare` })
  const [commit] = await asked('commit')
  expect(commit).toContain('--change ENTRYPOINT ["/init"] --change CMD null')
  expect(commit).toContain(`c1 observability-e2e/node:${digest}-bare`)
  expect(await asked('rm')).toEqual(['rm c1'])
})

test.runIf(process.platform === 'linux')('if it cannot be made, the nodes start from the image', async () => {
  await fakeDocker(`${noBareImage}\n'run --detach'*) exit 1;;\n${image}\n${withStores}`)
  expect(await prepareNodeStores(options)).toMatchObject({ image: 'kindest/node:v1' })
})

test.runIf(process.platform === 'linux').each([
  ['one is missing', existing(bothStores[0] ?? ''), 'no earlier cluster'],
  ['those of another node image exist', existing('e2e-worker-0123456789ab'), 'no earlier cluster'],
  [
    'one is not complete',
    `${existing(...bothStores)}\nrun*worker-${digest}*) echo 'it is not complete' >&2; exit 1;;`,
    'not complete',
  ],
])('where %s, the nodes start from the image, and their stores are kept', async (_, cases, reason) => {
  const asked = await fakeDocker(`${image}\n${cases}`)
  const stores = await prepareNodeStores(options)
  expect(stores).toMatchObject({
    absentBecause: expect.stringContaining(reason) as unknown,
    keepAs: digest,
    image: `observability-e2e/node:${digest}`,
  })
  // Another image's stay for the day when it is used again.
  expect((await asked('volume rm')).join()).not.toContain('0123456789ab')
})

test.runIf(process.platform === 'linux')('Docker that does not answer is told as the reason', async () => {
  await fakeDocker(`*) echo 'Cannot connect to the Docker daemon.' >&2; exit 1;;`)
  const stores = await prepareNodeStores(options)
  expect(stores).not.toHaveProperty('keepAs')
  expect(describeStores(stores)).toContain('Cannot connect to the Docker daemon.')
})

test("each node's folder is moved to its own store", async () => {
  const folders = `'inspect'*Mounts*) echo /docker/volumes/a/_data; echo /docker/volumes/b/_data;;`
  const asked = await fakeDocker(`${folders}\n'inspect'*) echo sha256:1; echo sha256:1;;`)
  await keepStores('e2e', nodes, digest, 5000)
  const [moved] = await asked('run')
  expect(moved).toContain(`move a ${bothStores[0]} b ${bothStores[1]}`)
})

test('where the folders cannot be moved, no half of a store is left', async () => {
  const asked = await fakeDocker(
    `'run'*) echo 'no space left on device' >&2; exit 1;;\n'inspect'*) echo x; echo y;;`,
  )
  await keepStores('e2e', nodes, digest, 5000)
  expect(await asked('volume rm')).toEqual([`volume rm --force ${bothStores.join(' ')}`])
})

test.each([
  ['0B', 0],
  ['504.1MB', 504.1e6],
  ['1.2GB', 1.2e9],
])('%s', (text, bytes) => {
  expect(parseSize(text)).toBeCloseTo(bytes)
})

test('where the stores of the nodes come from', () => {
  expect(describeStores({ volumes: ['a', 'b'], folders: ['/a', '/b'], image: 'i' })).toBe(
    'kept from the last cluster',
  )
  expect(describeStores({ absentBecause: 'E2E_FRESH_NODES is set' })).toContain('E2E_FRESH_NODES')
})
