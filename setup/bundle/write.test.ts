import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { loadConfig } from '../../config/config.ts'
import type { Stack } from '../../config/stacks.ts'
import { startStepTimings } from '../../lib/steps.ts'
import { fileProblems } from './open.ts'
import { writeBundle } from './write.ts'

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
const layer = 'a layer'
const manifest = JSON.stringify({ config: { digest: digestOf('{}') }, layers: [{ digest: digestOf(layer) }] })
const answers: Readonly<Record<string, string>> = {
  '/v2/shop/app/manifests/1.0': manifest,
  [`/v2/shop/app/blobs/${digestOf('{}')}`]: '{}',
  [`/v2/shop/app/blobs/${digestOf(layer)}`]: layer,
}

/** Like programs, these begin without `#!`. */
const programs = {
  kind: 'echo kind v0.33.0',
  helm: 'case $1 in version) echo v4.3.1;; template) echo "image: quay.io/shop/app:$(basename $3 .tgz | cut -d- -f2)";; esac',
  docker:
    'echo $* >> $(dirname $0)/commands\ncase $1 in image) echo sha256:0123456789abcdef;; save) echo nodes > $3;; esac',
}
const stackWith = (version: string): Stack => ({
  name: 'app',
  chart: { name: 'app', repository: 'https://charts.test', version },
  namespace: 'default',
  values: ['values.yaml'],
  manifests: [],
  installAfter: [],
  needs: [],
  workloads: [],
})

/** A machine with the three programs, a chart folder and a mirror, and a function that writes a bundle on it. */
const startMachine = async () => {
  const root = await mkdtemp(join(tmpdir(), 'bundle-'))
  const asked: string[] = []
  const mirror = createServer(({ url = '' }, response) => {
    const text = answers[url.replace(/\?.*/, '')]
    asked.push(url)
    response.writeHead(text === undefined ? 404 : 200, { 'content-length': text?.length ?? 0 }).end(text)
  }).listen(0, '127.0.0.1')
  const [bin, charts, folder] = ['bin', 'charts', 'bundle'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ]
  await Promise.all([mkdir(bin), mkdir(charts)])
  for (const [name, text] of Object.entries(programs)) await writeFile(join(bin, name), text, { mode: 0o755 })
  for (const version of ['1.0', '2.0']) await writeFile(join(charts, `app-${version}.tgz`), version)
  vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    mirror.close()
    await rm(root, { recursive: true })
  })
  const { port } = mirror.address() as AddressInfo
  const config = loadConfig({
    E2E_NODE_IMAGE: 'kindest/node:v1.36.4@sha256:099e',
    E2E_REGISTRY_MIRROR: `http://127.0.0.1:${port}`,
    E2E_CHARTS: charts,
  })
  const write = (version = '1.0') =>
    writeBundle({
      config,
      tools: { kind: 'kind', helm: 'helm' },
      folder,
      imageCache: join(root, 'images'),
      stacks: [stackWith(version)],
      alternatives: [],
      timings: startStepTimings(() => {}),
    })
  const dockerCommands = async (verb: string) =>
    (await readFile(join(bin, 'commands'), 'utf8')).split('\n').filter((line) => line.startsWith(verb))
  return { folder, write, asked, dockerCommands }
}

test.runIf(process.platform === 'linux')(
  'a second run keeps what is right, and replaces what is damaged',
  async () => {
    const { folder, write, asked, dockerCommands } = await startMachine()
    const contents = await write()
    expect(contents).toMatchObject({
      nodeImage: { reference: 'observability-e2e/bundled-node:v1.36.4-0123456789ab' },
      tools: { kind: '0.33.0', helm: '4.3.1' },
      charts: [{ name: 'app', version: '1.0' }],
      images: ['quay.io/shop/app:1.0'],
    })
    expect(Object.keys(contents.files).filter((path) => !path.startsWith('images/blobs/'))).toEqual([
      'charts/app-1.0.tgz',
      'images/tags/quay.io/shop/app/1.0',
      'node-image/image.tar',
      'tools/helm',
      'tools/kind',
    ])
    expect(await fileProblems(contents, folder)).toEqual([])

    const requests = asked.length
    await truncate(join(folder, 'images', 'blobs', ...digestOf(layer).split(':')), 3)
    await writeFile(join(folder, 'images', 'blobs', 'sha256', '0'.repeat(64)), 'of another image')
    expect(await fileProblems(contents, folder)).toHaveLength(1)
    const again = await write()
    expect({ ...again, createdAt: '' }).toEqual({ ...contents, createdAt: '' })
    expect(await fileProblems(again, folder)).toEqual([])
    expect(asked).toHaveLength(requests)
    expect(await dockerCommands('save')).toHaveLength(1)
  },
)

test.runIf(process.platform === 'linux')(
  'a bundle whose images cannot all be fetched is incomplete, and the image is named',
  async () => {
    const { folder, write } = await startMachine()
    await write()
    await expect(write('2.0')).rejects.toThrow(/^quay\.io\/shop\/app:2\.0: .*HTTP 404/)
    expect(await readdir(folder)).toContain('bundle.incomplete')
    expect(await readdir(folder)).not.toContain('bundle.json')
    const { files } = await write()
    expect(Object.keys(files)).toContain('charts/app-1.0.tgz')
    expect(await readdir(folder)).toContain('bundle.json')
  },
)

test.runIf(process.platform === 'linux')('a folder with something else in it is left as it is', async () => {
  const { folder, write } = await startMachine()
  await mkdir(folder)
  await writeFile(join(folder, 'thesis.txt'), '')
  await expect(write()).rejects.toThrow(/neither empty nor a bundle/)
  expect(await readdir(folder)).toEqual(['thesis.txt'])
})
