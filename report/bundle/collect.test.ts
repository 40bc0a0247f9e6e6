import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { grafanaLogin } from '../../config/endpoints.ts'
import { collectFiles, type Task } from './collect.ts'
import { describeEvents } from './events.ts'
import { toYaml } from './resources.ts'

const state = { folder: '' }
beforeEach(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'bundle-'))
})
afterEach(() => rm(state.folder, { recursive: true }))

const task = (name: string, texts: Readonly<Record<string, () => Promise<string>>>): Task => ({
  name,
  sources: async () =>
    Object.entries(texts).map(([file, read]) => ({ file, about: `what ${file} is`, read })),
})
const collect = async (tasks: readonly Task[], within = 5000) =>
  (await collectFiles(state.folder, tasks, within)).map(({ name, files }) => ({ name, files }))

test('what is there is written, what is not is recorded with its reason', async () => {
  const tasks = [
    task('logs', {
      'logs/a.log': async () => 'one\ntwo\n\n',
      'logs/b.log': async () => '\n',
      'logs/c.log': () => Promise.reject(new Error('the container has not started')),
    }),
    { name: 'nodes', sources: () => Promise.reject(new Error('docker does not answer')) },
  ]
  expect(await collect(tasks)).toEqual([
    {
      name: 'logs',
      files: [
        { file: 'logs/a.log', about: 'what logs/a.log is', bytes: 8 },
        { file: 'logs/b.log', about: 'what logs/b.log is', bytes: 0 },
        {
          file: 'logs/c.log',
          about: 'what logs/c.log is',
          bytes: 0,
          missing: 'the container has not started',
        },
      ],
    },
    {
      name: 'nodes',
      files: [{ file: 'nodes', about: 'all of it', bytes: 0, missing: 'docker does not answer' }],
    },
  ])
  expect(await readFile(join(state.folder, 'logs/a.log'), 'utf8')).toBe('one\ntwo\n')
  expect(await readdir(join(state.folder, 'logs'))).toEqual(['a.log'])
})

test('what is silent is cut off, and named; the others are kept', async () => {
  const never = () => new Promise<never>(() => {})
  const tasks = [
    task('logs', { 'a.log': async () => 'one', 'b.log': never }),
    { name: 'nodes', sources: never },
  ]
  const files = (await collect(tasks, 50)).flatMap((record) => record.files)
  expect(files.map(({ file, missing }) => `${file}: ${missing ?? 'kept'}`)).toEqual([
    'a.log: kept',
    'b.log: no answer within 0.1 s',
    'nodes: no answer within 0.1 s',
  ])
})

test('a disk that takes no more is told of for each file', async () => {
  await writeFile(join(state.folder, 'logs'), 'a file where a folder should be')
  const [record] = await collect([task('logs', { 'logs/a.log': async () => 'one' })])
  expect(record?.files[0]?.missing).toMatch(/^E(EXIST|NOTDIR)/)
})

test('a bundle has no password of Grafana, no token and no private key', async () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const { privateKey: key } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const { user, password } = grafanaLogin
  const token =
    `${base64('{"alg":"RS256","kid":"k"}')}.${base64('{"sub":"default"}')}.c2lnbmF0dXJl`.replaceAll('=', '')
  const secret = {
    metadata: { name: 'grafana' },
    data: { 'admin-user': base64(user), 'admin-password': base64(password), 'tls.key': base64(key) },
  }
  const settings = `[security]\nadmin_password = ${password}\n`
  const config = { metadata: { name: 'grafana' }, data: { 'grafana.ini': settings, 'sa.key': key, token } }
  // As the API server of a live cluster gave them; each gets its credentials by its environment.
  type Pod = Readonly<{ metadata: object; spec: { containers: readonly object[] }; status: object }>
  const pods = JSON.parse(await readFile('tests/recordings/pods.json', 'utf8')) as Pod[]
  const env = [{ name: 'GF_SECURITY_ADMIN_PASSWORD', value: password }]
  const withEnv = pods.map(({ metadata, spec, status }) => ({
    metadata: { ...metadata },
    spec: { ...spec, containers: spec.containers.map((container) => ({ ...container, env })) },
    status,
  }))
  const involvedObject = { kind: 'Pod', name: 'grafana' }
  const log = `GET http://${user}:${password}@127.0.0.1/api Authorization: Basic ${base64(`${user}:${password}`)}\n`

  await collect([
    task('resources', {
      'resources/Secret.yaml': async () => toYaml({ kind: 'Secret', apiVersion: 'v1', path: '' }, [secret]),
      'resources/ConfigMap.yaml': async () =>
        toYaml({ kind: 'ConfigMap', apiVersion: 'v1', path: '' }, [config]),
      'resources/Pod.yaml': async () => toYaml({ kind: 'Pod', apiVersion: 'v1', path: '' }, withEnv),
    }),
    task('others', {
      'events.txt': async () =>
        describeEvents([{ message: `login with ${password} failed`, involvedObject }]),
      'logs/monitoring/grafana/grafana.log': async () => `${log}${key}${token}\n`,
      'nodes/e2e-worker-kubelet.log': async () => `client-key-data: ${base64(key)}\nBearer ${token}\n`,
      'grafana/datasources.json': async () =>
        JSON.stringify([{ basicAuthPassword: password, url: 'http://x' }]),
    }),
  ])

  const files = await readdir(state.folder, { recursive: true, withFileTypes: true })
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  )
  expect(texts).toHaveLength(7)
  const bundle = texts.join('\n')
  const keyLine = key.split('\n')[1] ?? ''
  for (const credential of [password, base64(password), 'eyJ', keyLine, base64(key), 'PRIVATE KEY'])
    expect(bundle).not.toContain(credential)
  expect(bundle.match(/REDACTED/g)?.length).toBeGreaterThan(10)
})
