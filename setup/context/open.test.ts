import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { readContext } from '../../clients/kubeContext.ts'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { messageOf } from '../../lib/messages.ts'
import { kubeconfigFor, serveApi } from '../../tests/apiServer.ts'
import { describeContextError } from './open.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const useKubeconfig = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kubeconfig-')), 'config')
  writeFileSync(file, text)
  vi.stubEnv('KUBECONFIG', file)
}

test('a context is read alone, with the proxy of the environment', async () => {
  useKubeconfig(kubeconfigFor('https://10.1.2.3:6443'))
  vi.stubEnv('HTTPS_PROXY', 'http://proxy.corp:3128')
  vi.stubEnv('NO_PROXY', '')
  expect(await readContext('staging')).toMatchObject({
    server: 'https://10.1.2.3:6443',
    proxy: 'http://proxy.corp:3128',
    kubeconfig: expect.stringContaining('"proxy-url":"http://proxy.corp:3128"'),
  })
  vi.stubEnv('NO_PROXY', '10.1.2.3')
  expect((await readContext('staging')).proxy).toBeUndefined()
})

test('a context that does not exist, and a kubeconfig that does not', async () => {
  useKubeconfig(kubeconfigFor('https://10.1.2.3:6443'))
  await expect(readContext('prod')).rejects.toThrow(
    /has no context prod; it has: staging\n {2}remedy: set E2E_CONTEXT/,
  )
  vi.stubEnv('KUBECONFIG', '/nowhere/config')
  await expect(readContext('prod')).rejects.toThrow(
    /cannot be read: .*\/nowhere\/config.*\n {2}remedy: set KUBECONFIG/,
  )
  vi.stubEnv('KUBECONFIG', '')
  vi.stubEnv('HOME', '/nowhere')
  await expect(readContext('prod')).rejects.toThrow(/there is no kubeconfig, so no context prod/)
})

/** What is printed if the first request fails. */
const describeFirst = async (kubeconfig: string, server: string, proxy?: string, plugin?: string) => {
  const ask = async () => (await connectKubernetes(kubeconfig, { readOnly: true })).version()
  const error: unknown = await ask().catch((thrown: unknown) => thrown)
  return describeContextError(error, 'staging', { server, proxy, plugin })
}

test('an expired login, a refused permission, an unreachable API server and a missing exec plugin', async () => {
  const answering = async (status: number, message: string) => {
    const { kubeconfig } = await serveApi(() => ({ status, body: { kind: 'Status', message } }))
    return describeFirst(kubeconfig, 'https://api:6443')
  }
  const command = 'no-such-plugin'
  const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command } }
  const texts = [
    await answering(401, 'Unauthorized'),
    await answering(
      403,
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope',
    ),
    await describeFirst(kubeconfigFor('http://127.0.0.1:1'), 'http://127.0.0.1:1', 'http://proxy:3128'),
    await describeFirst(kubeconfigFor('http://127.0.0.1:1', user), 'http://127.0.0.1:1', undefined, command),
  ]
  expect(texts.join('\n\n')).toMatchInlineSnapshot(`
    "https://api:6443 refuses the login of context staging: it has expired or was revoked
      remedy: log in again, as your cluster's provider documents it; \`kubectl --context staging get nodes\` must work

    context staging lacks a permission: pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope
      remedy: bind its user to the ClusterRole of manifests/read-only-account.yaml; E2E_PLANT=1 also needs to create and delete a namespace and what is in it

    the API server http://127.0.0.1:1 of context staging is not reachable through the proxy http://proxy:3128: GET http://127.0.0.1:1/version: no answer: ECONNREFUSED connect ECONNREFUSED 127.0.0.1:1
      remedy: connect to its network or VPN; behind a proxy, set proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY

    context staging (server http://127.0.0.1:1, exec plugin no-such-plugin) cannot be used: spawn no-such-plugin ENOENT
      remedy: \`kubectl --context staging get nodes\` must work, for which no-such-plugin must be on PATH and print a credential"
  `)
})

test('a login page where the API server should be', async () => {
  const { url, kubeconfig } = await serveApi(() => ({ body: '<html>' }))
  expect(await describeFirst(kubeconfig, url)).toMatch(/version is not that of an API server; did a proxy/)
})

test('a read-only connection sends nothing that changes or runs something', async () => {
  const { kubeconfig, requests } = await serveApi(() => ({ body: {} }))
  const { core, exec, apply, applyAt, tryReplace } = await connectKubernetes(kubeconfig, { readOnly: true })
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }
  const tried = await Promise.all(
    [
      exec({ namespace: 'a', pod: 'b', container: 'c' }, ['true']),
      apply(object, 'e2e'),
      applyAt('/api/v1/namespaces/a', object, 'e2e'),
      tryReplace('/api/v1/namespaces/a', object),
      core.deleteNamespace({ name: 'a' }),
    ].map((request) => request.then(() => 'sent', messageOf)),
  )
  expect(tried.map((text) => text.replace(/.*: /, ''))).toEqual(
    tried.map(() => 'this run only reads the cluster'),
  )
  expect(requests).toEqual([])
})
