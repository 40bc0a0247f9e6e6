import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { grafanaLogin } from '../config/endpoints.ts'
import { redactObject, redactText } from './redact.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const certificate = publicKey.replaceAll('PUBLIC KEY', 'CERTIFICATE')
const jwt = [{ alg: 'RS256', kid: 'of-a-test' }, { sub: 'system:serviceaccount:default:app' }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('c2lnbmF0dXJl')
  .join('.')

test.each([
  ['password = hunter2 ; of an ini file', 'password = REDACTED'],
  ['  admin_password: correct horse battery', '  admin_password: REDACTED'],
  ['GF_SECURITY_ADMIN_PASSWORD=hunter2 GF_PATHS=/x', 'GF_SECURITY_ADMIN_PASSWORD=REDACTED GF_PATHS=/x'],
  ['{"apiKey":"a, b","user":"x"}', '{"apiKey":"REDACTED","user":"x"}'],
  ['"{\\"token\\":\\"a b\\",\\"user\\":\\"x\\"}"', '"{\\"token\\":\\"REDACTED\\",\\"user\\":\\"x\\"}"'],
  ['GET /login?token=abc123&next=/ 302', 'GET /login?token=REDACTED&next=/ 302'],
  ['level=info client_secret=abc123, user=x', 'level=info client_secret=REDACTED user=x'],
  ['refused with password: hunter2', 'refused with password: REDACTED'],
  ['Authorization: Token abcdef', 'Authorization: REDACTED'],
  ['> authorization: bearer abcdef', '> authorization: REDACTED'],
  ['curl -H "Authorization: Basic YWRtaW46aHVudGVyMg=="', 'curl -H "Authorization: REDACTED"'],
  ['sent Bearer abcDEF123456 to it', 'sent Bearer REDACTED to it'],
  ['http://admin:hunter2@127.0.0.1:30300/api', 'http://REDACTED@127.0.0.1:30300/api'],
  [`client-key-data: ${base64(privateKey)}`, 'client-key-data: REDACTED'],
  [`key ${base64(privateKey)} is there`, 'key REDACTED is there'],
  [`key:\n${privateKey}after`, 'key:\nREDACTED\nafter'],
  [JSON.stringify({ pem: privateKey }), '{"pem":"REDACTED\\n"}'],
  [`${privateKey.slice(0, 300)}\n-- cut off`, 'REDACTED-- cut off'],
  [`read ${jwt} from its file`, 'read REDACTED from its file'],
  [`admin logs in with ${grafanaLogin.password}`, 'admin logs in with REDACTED'],
  [`Basic ${base64(`admin:${grafanaLogin.password}`)}`, 'Basic REDACTED'],
])('%j loses its credential, and redacting it again changes nothing', (text, redacted) => {
  expect(redactText(text, [grafanaLogin.password])).toBe(redacted)
  expect(redactText(redacted)).toBe(redacted)
})

test.each([
  ['secretName: custom-metrics-app'],
  ['secret "alertmanager" not found'],
  ['failed to fetch token: serviceaccounts "default" is forbidden'],
  ['failed to list *v1.Secret: secrets "grafana" is forbidden'],
  ['automountServiceAccountToken: false'],
  ['"token": null, "password": ""'],
  ['- serviceAccountToken:\n    expirationSeconds: 3607'],
  ['Secret:nil,ConfigMap:&ConfigMapProjection{}'],
  ['--service-account-private-key-file=/etc/kubernetes/pki/sa.key'],
  ['Basic authentication failed'],
  ['docker.io/library/busybox@sha256:0123456789abcdef'],
  [certificate],
  [base64(certificate)],
])('%j has no credential and is unchanged', (text) => {
  expect(redactText(text)).toBe(text)
})

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

test('a Secret keeps its keys, and shows which values are empty', () => {
  const annotations = { 'meta.helm.sh/release-name': 'grafana' }
  const secret = {
    kind: 'Secret',
    metadata: { annotations: { ...annotations, [lastApplied]: '{"data":{"admin-user":"YWRtaW4="}}' } },
    data: { 'admin-user': base64('admin'), 'ldap-toml': '' },
    stringData: { note: 'plain' },
  }
  expect(redactObject(secret)).toEqual({
    kind: 'Secret',
    metadata: { annotations: { ...annotations, [lastApplied]: 'REDACTED' } },
    data: { 'admin-user': 'REDACTED', 'ldap-toml': '' },
    stringData: { note: 'REDACTED' },
  })
})

test('other objects: a credential is recognized by its key, the name of its variable, or its text', () => {
  const harmless = {
    automountServiceAccountToken: true,
    env: [{ name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'app', key: 'token' } } }],
    volumes: [{ name: 'config', secret: { secretName: 'app' } }],
  }
  expect(redactObject(harmless)).toEqual(harmless)
  expect(
    redactObject({
      env: [{ name: 'ADMIN_PASSWORD', value: 'hunter2' }],
      args: ['--password=hunter2', '--user=x'],
      data: { password: 'two\nlines', 'app.yaml': 'user: x\npassword: hunter2\n' },
    }),
  ).toEqual({
    env: [{ name: 'ADMIN_PASSWORD', value: 'REDACTED' }],
    args: ['--password=REDACTED', '--user=x'],
    data: { password: 'REDACTED', 'app.yaml': 'user: x\npassword: REDACTED\n' },
  })
})
