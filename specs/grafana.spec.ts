import { expect } from 'vitest'
import { connectGrafana } from '../clients/grafana.ts'
import { reapplyChart } from '../diagnosis/remedies.ts'
import { HttpError } from '../clients/http.ts'
import { area, expectNone } from './support/claim.ts'
import { missingDataSources, noDataSource } from '../diagnosis/dataSources.ts'

const testClaim = area('Grafana', ['kube-prometheus-stack'])

testClaim(
  'grafana-login',
  'admin logs in with prom-operator',
  { items: [3] },
  async ({ grafana, servers }) => {
    expect(await grafana.whoAmI()).toBe(servers.grafana.user)
  },
)

testClaim('grafana-wrong-password', 'a wrong password is refused', { items: [3] }, async ({ servers }) => {
  const client = connectGrafana({ ...servers.grafana, password: `${servers.grafana.password}-wrong` })
  const answer = await client.whoAmI().then(
    (login) => `logged in as ${login}`,
    (error: unknown) => {
      if (error instanceof HttpError) return `refused with ${error.status}`
      throw error
    },
  )
  expect(answer).toBe('refused with 401')
})

testClaim(
  'grafana-data-source',
  'the Prometheus data source is healthy, and Grafana has every data source of a ConfigMap',
  { items: [4] },
  async ({ grafana, kubernetes, components }) => {
    const { namespace, name: deployment } = components.grafana
    const dataSources = await grafana.dataSources()
    const prometheus = dataSources.filter(({ type }) => type === 'prometheus')
    if (prometheus.length === 0) throw new Error(await noDataSource(kubernetes, components.grafana))
    const health = await Promise.all(
      prometheus.map(async ({ name, uid }) => ({ name, ...(await grafana.dataSourceHealth(uid)) })),
    )
    expectNone([
      ...health
        .filter(({ status }) => status !== 'OK')
        .map(
          ({ name, status, message }) =>
            `data source ${name} is ${status}: ${message}\n` +
            `  remedy: ConfigMap ${namespace}/${deployment}-datasource must have the URL of the Prometheus Service; ${reapplyChart}`,
        ),
      ...(await missingDataSources(kubernetes, components.grafana, dataSources)),
    ])
  },
)
