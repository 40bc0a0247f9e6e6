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
  state.folder = await mkdtemp(join(tmpdir(), 'evidence-'))
})
afterEach(() => rm(state.folder, { recursive: true }))

const task = (name: string, texts: Readonly<Record<string, () => Promise<string>>>): Task => ({
  name,
  sources: async () => Object.entries(texts).map(([file, read]) => ({ file, about: `about ${file}`, read })),
})
/** What became of each file: its size, or why it is missing. */
const collect = async (tasks: readonly Task[], within = 5000) => {
  const records = await collectFiles(
    { folder: state.folder, passwords: [grafanaLogin.password] },
    tasks,
    within,
  )
  return records.flatMap(({ files }) => files.map(({ file, bytes, missing }) => [file, missing ?? bytes]))
}
const textOf = (file: string) => readFile(join(state.folder, file), 'utf8')

test('files are written, and missing ones are recorded with the reason', async () => {
  const tasks = [
    task('logs', {
      'logs/a.log': async () => 'one\ntwo\n\n',
      'logs/b.log': async () => '\n',
      'logs/c.log': () => Promise.reject(new Error('the container has not started')),
    }),
    { name: 'nodes', sources: () => Promise.reject(new Error('docker does not answer')) },
  ]
  expect(await collect(tasks)).toEqual([
    ['logs/a.log', 8],
    ['logs/b.log', 0],
    ['logs/c.log', 'the container has not started'],
    ['nodes', 'docker does not answer'],
  ])
  expect(await textOf('logs/a.log')).toBe('one\ntwo\n')
  expect(await readdir(join(state.folder, 'logs'))).toEqual(['a.log'])
})

test('a source that does not answer is cut off, and the others are kept', async () => {
  const never = () => new Promise<never>(() => {})
  const tasks = [
    task('logs', { 'a.log': async () => 'one', 'b.log': never }),
    { name: 'nodes', sources: never },
  ]
  expect(await collect(tasks, 50)).toEqual([
    ['a.log', 4],
    ['b.log', 'no answer within 0.1 s'],
    ['nodes', 'no answer within 0.1 s'],
  ])
})

test('a file that cannot be written is recorded', async () => {
  await writeFile(join(state.folder, 'logs'), 'a file where a folder should be')
  const [kept] = await collect([task('logs', { 'logs/a.log': async () => 'one' })])
  expect(kept?.[1]).toMatch(/^E(EXIST|NOTDIR)/)
})

test('the evidence contains no Grafana password, no token and no private key', async () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const { privateKey: key } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const { user, password } = grafanaLogin
  const token = ['{"alg":"RS256","kid":"k"}', '{"sub":"default"}', 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
  const yaml = (kind: string, fields: Readonly<Record<string, unknown>>) => async () =>
    toYaml({ kind, apiVersion: 'v1', path: '' }, [{ metadata: { name: 'grafana' }, ...fields }])
  const env = [{ name: 'GF_SECURITY_ADMIN_PASSWORD', value: password }]
  const event = { message: `login with ${password} failed`, involvedObject: { kind: 'Pod', name: 'grafana' } }

  const kept = await collect([
    task('resources', {
      'Secret.yaml': yaml('Secret', { data: { 'admin-password': base64(password), 'tls.key': base64(key) } }),
      'ConfigMap.yaml': yaml('ConfigMap', { data: { ini: `admin_password = ${password}`, key, token } }),
      'Pod.yaml': yaml('Pod', { spec: { containers: [{ name: 'grafana', env }] } }),
    }),
    task('texts', {
      'events.txt': async () => describeEvents([event]),
      'grafana.log': async () => `GET http://${user}:${password}@127.0.0.1/api\n${key}${token}\n`,
      'kubelet.log': async () => `client-key-data: ${base64(key)}\nBearer ${token}\n`,
      'datasources.json': async () => JSON.stringify([{ basicAuthPassword: password }]),
    }),
  ])

  const texts = await Promise.all(kept.map(([file]) => textOf(String(file))))
  expect(texts.filter((text) => !text.includes('REDACTED'))).toEqual([])
  const keyLine = key.split('\n')[1] ?? ''
  for (const credential of [password, base64(password), 'eyJ', keyLine, base64(key), 'PRIVATE KEY'])
    expect(texts.join('\n')).not.toContain(credential)
})
