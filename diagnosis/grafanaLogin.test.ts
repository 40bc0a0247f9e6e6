import { expect, test } from 'vitest'
import { grafanaLogin } from '../config/endpoints.ts'
import { describeRefusedLogin } from './grafanaLogin.ts'

const secret = (password: string) => ({
  data: { 'admin-password': Buffer.from(password).toString('base64') },
})

test('a Secret with another password, one with the same, one without, none', () => {
  const secrets = [secret('hush-hush'), secret(grafanaLogin.password), { data: {} }, undefined]
  const texts = secrets.map(describeRefusedLogin).join('\n')
  expect(texts).toMatchInlineSnapshot(`
    "Secret monitoring/kube-prometheus-stack-grafana has another admin-password than grafanaLogin of config/endpoints.ts
      remedy: let grafana.adminPassword of values/kube-prometheus-stack.yaml agree with grafanaLogin of config/endpoints.ts, which \`E2E_KEEP=1 npm test\` brings in; where it does, \`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -\` makes anew what the chart renders; then \`kubectl -n monitoring delete pod -l app.kubernetes.io/name=grafana\` has Grafana start with it
    Secret monitoring/kube-prometheus-stack-grafana agrees with grafanaLogin of config/endpoints.ts: Grafana keeps an older password in its database
      remedy: \`kubectl -n monitoring delete pod -l app.kubernetes.io/name=grafana\` makes that anew from the Secret
    Secret monitoring/kube-prometheus-stack-grafana has no admin-password, with which Grafana starts
      remedy: let grafana.adminPassword of values/kube-prometheus-stack.yaml agree with grafanaLogin of config/endpoints.ts, which \`E2E_KEEP=1 npm test\` brings in; where it does, \`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -\` makes anew what the chart renders; then \`kubectl -n monitoring delete pod -l app.kubernetes.io/name=grafana\` has Grafana start with it
    Secret monitoring/kube-prometheus-stack-grafana does not exist, with which Grafana starts
      remedy: let grafana.adminPassword of values/kube-prometheus-stack.yaml agree with grafanaLogin of config/endpoints.ts, which \`E2E_KEEP=1 npm test\` brings in; where it does, \`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -\` makes anew what the chart renders; then \`kubectl -n monitoring delete pod -l app.kubernetes.io/name=grafana\` has Grafana start with it"
  `)
  expect(texts).not.toMatch(/hush-hush|prom-operator/)
})
