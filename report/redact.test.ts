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
])('%j does not keep its credential', (text, redacted) => {
  expect(redactText(text)).toBe(redacted)
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
])('%j has no credential and stays', (text) => {
  expect(redactText(text)).toBe(text)
})

test('what is redacted stays as it is when it is redacted again', () => {
  const text = `password: hunter2\n"token": "abc"\nBearer abcDEF123456\nhttp://a:b@c`
  expect(redactText(redactText(text))).toBe(redactText(text))
})

test('a Secret keeps its keys, and which of them are empty', () => {
  const secret = {
    kind: 'Secret',
    metadata: {
      name: 'grafana',
      annotations: {
        'meta.helm.sh/release-name': 'grafana',
        'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"admin-user":"YWRtaW4="}}',
      },
    },
    data: { 'admin-user': base64('admin'), 'ldap-toml': '' },
    stringData: { note: 'plain' },
  }
  expect(redactObject(secret)).toEqual({
    kind: 'Secret',
    metadata: {
      name: 'grafana',
      annotations: {
        'meta.helm.sh/release-name': 'grafana',
        'kubectl.kubernetes.io/last-applied-configuration': 'REDACTED',
      },
    },
    data: { 'admin-user': 'REDACTED', 'ldap-toml': '' },
    stringData: { note: 'REDACTED' },
  })
})

test('of other objects: what a key or the name of an environment variable calls a credential, and texts', () => {
  const pod = {
    kind: 'Pod',
    spec: {
      automountServiceAccountToken: true,
      containers: [
        {
          env: [
            { name: 'ADMIN_PASSWORD', value: 'hunter2' },
            { name: 'GF_PATHS', value: '/var/lib/grafana' },
            { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'app', key: 'token' } } },
          ],
          args: ['--password=hunter2', '--user=x'],
        },
      ],
      volumes: [{ name: 'config', secret: { secretName: 'app' } }],
    },
    data: { password: 'two\nlines', 'app.yaml': 'user: x\npassword: hunter2\n' },
  }
  expect(redactObject(pod)).toEqual({
    kind: 'Pod',
    spec: {
      automountServiceAccountToken: true,
      containers: [
        {
          env: [
            { name: 'ADMIN_PASSWORD', value: 'REDACTED' },
            { name: 'GF_PATHS', value: '/var/lib/grafana' },
            { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'app', key: 'token' } } },
          ],
          args: ['--password=REDACTED', '--user=x'],
        },
      ],
      volumes: [{ name: 'config', secret: { secretName: 'app' } }],
    },
    data: { password: 'REDACTED', 'app.yaml': 'user: x\npassword: REDACTED\n' },
  })
})
