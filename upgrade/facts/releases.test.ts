import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { connectKubernetes } from '../../clients/kubernetes.ts'
import { serveApi } from '../../tests/apiServer.ts'
import { observeReleases } from './releases.ts'

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const hook =
  'kind: Job\nmetadata:\n  name: check\nspec: {template: {spec: {containers: [{name: a, image: "b:1"}]}}}\n'
const record = (version: number) => ({
  metadata: {
    name: `sh.helm.release.v1.mon.v${version}`,
    labels: { owner: 'helm', name: 'mon', version: `${version}` },
  },
})
const stored = (version: number) => {
  const release = {
    ...{ name: 'mon', namespace: 'obs', version },
    info: { status: 'deployed', last_deployed: new Date(Date.now() - 60_000).toISOString() },
    chart: { metadata: { name: 'kube-prometheus-stack', version: '88.5.3' } },
    hooks: [{ manifest: hook }],
  }
  return { data: { release: base64(base64(gzipSync(JSON.stringify(release)))) } }
}
const grafana = {
  metadata: {
    ...{ namespace: 'obs', name: 'mon-grafana', labels: { 'helm.sh/chart': 'grafana-12.11.1' } },
    annotations: { 'meta.helm.sh/release-name': 'mon' },
  },
}

const observe = async (secrets: boolean) => {
  const { kubeconfig } = await serveApi(({ url = '' }) => {
    const secret = '/api/v1/namespaces/obs/secrets'
    if (url.startsWith(secret) && !secrets) return { status: 403, body: { message: 'secrets is forbidden' } }
    if (url === `${secret}?labelSelector=owner%3Dhelm`) return { body: { items: [9, 10].map(record) } }
    if (url === `${secret}/sh.helm.release.v1.mon.v10`) return { body: stored(10) }
    const creationTimestamp = new Date(Date.now() - 30_000).toISOString()
    const pod = { metadata: { namespace: 'obs', name: 'mon-grafana-0', creationTimestamp } }
    if (url === '/api/v1/pods') return { body: { kind: 'PodList', apiVersion: 'v1', items: [pod] } }
    return { body: { items: url === '/apis/apps/v1/deployments' ? [grafana] : [] } }
  })
  return observeReleases(await connectKubernetes(kubeconfig, { readOnly: true }), new Set(['obs']))
}

test('the last revision of a release and its hooks, from the Secret of helm', async () => {
  const { secondsSinceChange, ...facts } = await observe(true)
  expect(facts).toEqual({
    releases: { mon: { chart: 'kube-prometheus-stack-88.5.3', revision: 10, status: 'deployed' } },
    objects: { 'Hook mon/Job check': { events: undefined } },
    images: { 'Hook mon/Job check: a': 'b:1' },
  })
  expect(secondsSinceChange).toBeCloseTo(60, -1)
})

test('without permission to read Secrets, the charts by the labels of the workloads', async () => {
  const { secondsSinceChange, releases } = await observe(false)
  expect(releases).toEqual({ mon: { chart: 'grafana-12.11.1', revision: 0, status: 'unknown' } })
  expect(secondsSinceChange).toBeCloseTo(30, -1)
})
