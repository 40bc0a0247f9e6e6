import type { V1Container, V1PodSpec } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { Kubernetes } from '../clients/kubernetes.ts'
import { ourComponents } from '../config/components.ts'
import { ourServers } from '../config/endpoints.ts'
import { configuredServers } from './configuredServers.ts'
import { describeRefusedOpenSearch } from './openSearchLogin.ts'

type Objects = Readonly<{
  grafana?: Partial<V1Container>
  opensearch?: Partial<V1Container>
  volumes?: V1PodSpec['volumes']
  /** Files of ConfigMaps. */
  files?: Readonly<Record<string, string>>
  /** Plain values of Secrets. */
  secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>
}>

const base64 = (text: string) => Buffer.from(text).toString('base64')
const apiError = (code: number) => Object.assign(new Error(), { code })

/** A cluster with the values of this repository, except for the objects given. */
const cluster = ({ grafana, opensearch, volumes = [], files = {}, secrets = {} }: Objects) => {
  const workload = (container: object) => ({
    spec: { template: { spec: { volumes, containers: [container] } } },
  })
  return {
    apps: {
      readNamespacedDeployment: async () => workload({ name: 'grafana', ...grafana }),
      readNamespacedStatefulSet: async () =>
        workload({
          name: 'opensearch',
          env: [{ name: 'DISABLE_SECURITY_PLUGIN', value: 'true' }],
          ...opensearch,
        }),
    },
    core: {
      readNamespacedConfigMap: async () => ({ data: files }),
      readNamespacedSecret: async ({ name }: { name: string }) => {
        const values = secrets[name]
        if (!values) throw apiError(name === 'hidden' ? 403 : 404)
        return {
          data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)])),
        }
      },
    },
  } as unknown as Kubernetes
}
const configured = (objects: Objects) => configuredServers(cluster(objects), ourComponents, ourServers)

const fromSecret = (name: string, secret: string, key = 'password') => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
})
const initialPassword = 'OPENSEARCH_INITIAL_ADMIN_PASSWORD'

test('if the cluster names no login, the servers stay as they were', async () => {
  expect(await configured({})).toEqual({ servers: ourServers, obstacles: {} })
})

test("Grafana's login is in the Secret that its Deployment names", async () => {
  const env = [
    fromSecret('GF_SECURITY_ADMIN_USER', 'team', 'user'),
    fromSecret('GF_SECURITY_ADMIN_PASSWORD', 'team'),
  ]
  const { servers } = await configured({
    grafana: { env },
    secrets: { team: { user: 'root', password: 'hush' } },
  })
  expect(servers.grafana).toEqual({ ...ourServers.grafana, user: 'root', password: 'hush' })
})

test('OpenSearch with its demo configuration is queried over https with a login, and Dashboards with the same login', async () => {
  const { servers } = await configured({
    opensearch: { env: [{ name: initialPassword, value: 'hush' }] },
    volumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
    secrets: { tls: { 'ca.crt': 'another CA' } },
  })
  const login = { user: 'admin', password: 'hush' }
  expect(servers.opensearch).toEqual({ url: 'https://127.0.0.1:30920', ...login })
  expect(servers.dashboards).toEqual({ ...ourServers.dashboards, ...login })
})

test('a certificate of its own is verified against the CA in the Secret that its pods mount', async () => {
  const { servers } = await configured({
    opensearch: { envFrom: [{ secretRef: { name: 'logins' } }], env: [] },
    volumes: [
      { name: 'config', configMap: { name: 'config' } },
      { name: 'tls', secret: { secretName: 'tls' } },
    ],
    files: {
      'opensearch.yml':
        'plugins:\n  security:\n    ssl.http: { enabled: true, pemtrustedcas_filepath: certs/root.pem }',
    },
    secrets: { logins: { [initialPassword]: 'hush' }, tls: { 'root.pem': 'PEM' } },
  })
  expect(servers.opensearch).toEqual({
    url: 'https://127.0.0.1:30920',
    user: 'admin',
    password: 'hush',
    ca: 'PEM',
  })
})

test.each([
  ['no variable', [], 'StatefulSet monitoring/opensearch-cluster-master does not set OPENSEARCH_INITIAL'],
  [
    'no Secret',
    [fromSecret(initialPassword, 'gone')],
    'Secret monitoring/gone has the login, but it does not',
  ],
  ['no right', [fromSecret(initialPassword, 'hidden')], 'the account may not read it'],
  ['no key', [fromSecret(initialPassword, 'empty')], 'Secret monitoring/empty has no password'],
])('why the login of OpenSearch is not known: %s', async (_, env, why) => {
  const { obstacles } = await configured({ opensearch: { env }, secrets: { empty: {} } })
  expect(obstacles.opensearch).toContain(why)
  expect(obstacles['opensearch-dashboards']).toBe(obstacles.opensearch)
})

test('the plugin can be switched off in opensearch.yml, too', async () => {
  const { servers, obstacles } = await configured({
    opensearch: { env: [] },
    volumes: [{ name: 'config', configMap: { name: 'config' } }],
    files: { 'opensearch.yml': 'plugins.security.disabled: true' },
  })
  expect(servers.opensearch).toEqual(ourServers.opensearch)
  expect(obstacles).toEqual({})
})

test.each([
  [
    'the password of an older cluster',
    { url: '', user: 'admin' },
    /in OPENSEARCH_INITIAL_ADMIN_PASSWORD, which/,
  ],
  ['a plugin that was off', { url: '' }, /security plugin off when this run began/],
])('why OpenSearch refuses the login: %s', (_, server, cause) => {
  const text = describeRefusedOpenSearch(ourComponents.opensearch, server)
  expect(text).toMatch(cause)
  expect(text).toContain('\n  remedy: ')
})
