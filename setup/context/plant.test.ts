import { expect, test } from 'vitest'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { serveApi } from '../../tests/apiServer.ts'
import { createPlant, plantNamespace, removePlant } from './plant.ts'

const path = `/api/v1/namespaces/${plantNamespace}`
const resources: Readonly<Record<string, readonly object[]>> = {
  '/api/v1': [
    { kind: 'Namespace', name: 'namespaces', namespaced: false },
    { kind: 'Pod', name: 'pods', namespaced: true },
  ],
  '/apis/apps/v1': [{ kind: 'DaemonSet', name: 'daemonsets', namespaced: true }],
}

/** A cluster that may have a namespace of this name, with these labels. */
const cluster = async (labels?: object) => {
  const state: { labels?: object | undefined } = { labels }
  const { kubeconfig, requests } = await serveApi(({ method, url = '' }) => {
    const [own = ''] = url.split('?')
    if (resources[own]) return { body: { resources: resources[own] } }
    if (method === 'DELETE') state.labels = undefined
    if (method === 'PATCH' && own === path) state.labels = {}
    if (method === 'GET' && own === path)
      return state.labels && { body: { kind: 'Namespace', metadata: { labels: state.labels }, status: {} } }
    return { body: {} }
  })
  const writes = () => requests.filter((one) => !one.startsWith('GET')).map((one) => one.split('?')[0])
  return { kubernetes: await connectKubernetes(kubeconfig), writes }
}

test('everything is created in one namespace, and deleted with it', async () => {
  const { kubernetes, writes } = await cluster()
  await createPlant(kubernetes, 'r1', 5000)
  const [first, ...others] = writes()
  expect(first).toBe(`PATCH ${path}`)
  expect(others).toContain(`PATCH /apis/apps/v1/namespaces/${plantNamespace}/daemonsets/log-emitter`)
  expect(others).toHaveLength(5)
  expect(others.filter((one) => !one?.includes(`/namespaces/${plantNamespace}/`))).toEqual([])
})

test('what a killed run left is deleted first', async () => {
  const { kubernetes, writes } = await cluster({ 'app.kubernetes.io/part-of': 'observability-e2e' })
  await createPlant(kubernetes, 'r1', 5000)
  expect(writes().slice(0, 2)).toEqual([`DELETE ${path}`, `PATCH ${path}`])
})

test('a namespace of this name that is not ours is not touched', async () => {
  const { kubernetes, writes } = await cluster({ team: 'a' })
  await expect(createPlant(kubernetes, 'r1', 5000)).rejects.toThrow(/namespace observability-e2e is not ours/)
  await expect(removePlant(kubernetes, 5000)).rejects.toThrow(/remedy: unset E2E_PLANT/)
  expect(writes()).toEqual([])
})
