import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { grafanaLogin } from '../config/endpoints.ts'
import { cleanExchange } from './clean.ts'
import type { Asked } from './exchange.ts'
import { readDictionary, readRecording, recordingNames } from './store.ts'

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const decode = (text: string) => Buffer.from(text, 'base64')

/** What is kept of an answer. */
const cleaned = (asked: Partial<Asked>, body: unknown) => {
  const exchange = {
    asked: { server: 'kubernetes', method: 'GET', path: '/', body: '', ...asked },
    answer: {
      status: 200,
      contentType: typeof body === 'string' ? 'text/plain' : 'application/json',
      date: '',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    },
  }
  const { answer } = cleanExchange(exchange, { 'mirror.corp:5000': 'registry.example' })
  return 'body' in answer ? answer.body : ''
}

test('configurations in a Secret are kept without their credentials', () => {
  const yaml = 'global:\n  smtp_auth_password: hunter2\nroute:\n  receiver: team\n'
  const release = { info: { last_deployed: 'now' }, manifest: yaml, config: { token: 'hunter2' } }
  const kept = JSON.parse(
    cleaned(
      { path: '/api/v1/secrets?labelSelector=a' },
      {
        items: [
          {
            data: {
              'admin-password': base64('hunter2'),
              'alertmanager.yaml': base64(yaml),
              'prometheus.yaml.gz': base64(gzipSync(yaml)),
              release: base64(base64(gzipSync(JSON.stringify(release)))),
            },
          },
        ],
      },
    ),
  ) as { items: [{ data: Record<string, string> }] }
  const { data } = kept.items[0]
  const texts = {
    password: decode(data['admin-password'] ?? '').toString(),
    yaml: decode(data['alertmanager.yaml'] ?? '').toString(),
    zipped: gunzipSync(decode(data['prometheus.yaml.gz'] ?? '')).toString(),
    release: gunzipSync(decode(decode(data['release'] ?? '').toString())).toString(),
  }
  expect(JSON.stringify(texts)).not.toContain('hunter2')
  expect(texts).toMatchObject({
    password: 'REDACTED too',
    yaml: expect.stringContaining('receiver: team'),
    zipped: texts.yaml,
    release: expect.stringContaining('last_deployed'),
  })
})

test('credentials and names of the machine are blanked everywhere, and a label that names a Secret is not', () => {
  expect(cleaned({}, 'pulled from mirror.corp:5000 with token=hunter2')).toBe(
    'pulled from registry.example with token=REDACTED',
  )
  const object = { spec: { password: 'hunter2', image: 'mirror.corp:5000/a' } }
  expect(JSON.parse(cleaned({}, object))).toEqual({
    spec: { password: 'REDACTED', image: 'registry.example/a' },
  })
  const series = { data: { resultType: 'vector', result: [{ metric: { secret: 'name' }, value: [1, '1'] }] } }
  expect(JSON.parse(cleaned({}, series))).toEqual(series)
})

test('who wrote the fields of an object is kept only where it is read', () => {
  const list = { items: [{ metadata: { name: 'a', managedFields: [{ manager: 'helm' }] } }] }
  expect(cleaned({ path: '/api/v1/configmaps' }, list)).toContain('helm')
  expect(JSON.parse(cleaned({ path: '/api/v1/pods?limit=1' }, list))).toEqual({
    items: [{ metadata: { name: 'a' } }],
  })
})

/** What no recording may have: credentials, and paths of the machine where it was recorded. One pattern would be slow. */
const forbidden = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/,
  /\bLS0tLS1CRUdJTi(?!BDRVJU)/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]*\./,
  /\b[Bb]earer (?!REDACTED)(?=\S*\d)[\w.-]{20,}/,
  new RegExp(grafanaLogin.password),
  new RegExp(base64(grafanaLogin.password)),
  /\/(?:home|Users)\/[\w.-]+\//,
  /(?:registry|mirror)[\w-]*:\d+\//,
]

// Milliseconds: it reads every recording, which takes half a minute on a busy machine.
const allRecordings = 120_000

test(
  'no recording has credentials, or paths of the machine where it was recorded',
  async () => {
    const names = await recordingNames()
    const dictionary = names.length > 0 ? await readDictionary() : Buffer.of()
    for (const name of names) {
      const { run, exchanges } = await readRecording(name, dictionary)
      expect(run.kubeconfig, name).toBe('')
      const text = JSON.stringify([run, exchanges])
      expect(
        forbidden.flatMap((pattern) => pattern.exec(text)?.[0] ?? []),
        name,
      ).toEqual([])
      for (const { asked, answer } of exchanges.filter(({ asked }) => asked.path.includes('/secrets')))
        if ('body' in answer) expect(cleanExchange({ asked, answer }, {}).answer, name).toEqual(answer)
    }
  },
  allRecordings,
)
