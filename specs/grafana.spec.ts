import { expect } from 'vitest'
import { connectGrafana } from '../clients/grafana.ts'
import { reapplyChart } from '../diagnosis/remedies.ts'
import { HttpError } from '../clients/http.ts'
import { endpoints, grafanaLogin } from '../config/endpoints.ts'
import { area, expectNone } from './support/claim.ts'
import { noDataSource } from '../diagnosis/dataSources.ts'

const testClaim = area('Grafana', ['kube-prometheus-stack'])

testClaim('grafana-login', 'admin logs in with prom-operator', { items: [3] }, async ({ grafana }) => {
  expect(await grafana.whoAmI()).toBe(grafanaLogin.user)
})

testClaim('grafana-wrong-password', 'a wrong password is refused', { items: [3] }, async () => {
  const client = connectGrafana(endpoints.grafana, grafanaLogin.user, `${grafanaLogin.password}-wrong`)
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
  'the Prometheus data source is healthy',
  { items: [4] },
  async ({ grafana }) => {
    const prometheus = (await grafana.dataSources()).filter(({ type }) => type === 'prometheus')
    if (prometheus.length === 0) throw new Error(noDataSource)
    const health = await Promise.all(
      prometheus.map(async ({ name, uid }) => ({ name, ...(await grafana.dataSourceHealth(uid)) })),
    )
    expectNone(
      health
        .filter(({ status }) => status !== 'OK')
        .map(
          ({ name, status, message }) =>
            `data source ${name} is ${status}: ${message}\n` +
            `  remedy: ConfigMap monitoring/kube-prometheus-stack-grafana-datasource must have the URL of the Prometheus Service; ${reapplyChart}`,
        ),
    )
  },
)
