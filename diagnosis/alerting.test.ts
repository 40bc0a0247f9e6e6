import { expect, test } from 'vitest'
import type { Rule } from '../clients/prometheus.ts'
import { describeAlertRoute } from './alerting.ts'

const rule: Rule = {
  group: 'general.rules',
  name: 'Watchdog',
  type: 'alerting',
  query: 'vector(1)',
  state: 'firing',
  health: 'ok',
  lastError: '',
}
const recipient = { namespace: 'monitoring', name: 'kube-prometheus-stack-alertmanager', port: 'http-web' }
const service = {
  metadata: { namespace: 'monitoring', name: 'kube-prometheus-stack-alertmanager' },
  spec: {
    ports: [
      { name: 'http-web', port: 9093 },
      { name: 'reloader-web', port: 8080 },
    ],
  },
}
const url = 'http://10.244.1.7:9093/api/v2/alerts'
const well = { rule, discovered: [url], recipients: [recipient], services: [service] }
const lost = { ...well, discovered: [] }

test('no rule, or one that does not fire', () => {
  expect(describeAlertRoute('Watchdog', { ...well, rule: undefined })).toMatchInlineSnapshot(`
    "Prometheus has no rule Watchdog
      remedy: \`kubectl get prometheusrules -A\` lists what it gets them from; \`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -\` makes anew what the chart renders"
  `)
  const failing = { ...rule, state: 'inactive', lastError: 'parse error' } as const
  expect(describeAlertRoute('Watchdog', { ...well, rule: failing })).toMatchInlineSnapshot(`
    "rule Watchdog of group general.rules does not fire, it is inactive: parse error
      remedy: its expression, vector(1), must have a result; \`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -\` makes anew what the chart renders"
  `)
})

test('no Alertmanager to send to', () => {
  const wrong = { ...lost, recipients: [{ ...recipient, port: 'http-wrong' }] }
  const cases = [wrong, { ...lost, services: [] }, lost, { ...lost, recipients: [] }]
  expect(cases.map((way) => describeAlertRoute('Watchdog', way).split('\n')[0]).join('\n'))
    .toMatchInlineSnapshot(`
    "Prometheus has no Alertmanager to send to: Prometheus monitoring/kube-prometheus-stack-prometheus sends to port http-wrong of Service monitoring/kube-prometheus-stack-alertmanager, whose ports are http-web, reloader-web
    Prometheus has no Alertmanager to send to: Prometheus monitoring/kube-prometheus-stack-prometheus sends to port http-web of Service monitoring/kube-prometheus-stack-alertmanager, which does not exist
    Prometheus has no Alertmanager to send to: Prometheus monitoring/kube-prometheus-stack-prometheus sends to port http-web of Service monitoring/kube-prometheus-stack-alertmanager, behind which it has discovered none
    Prometheus has no Alertmanager to send to: Prometheus monitoring/kube-prometheus-stack-prometheus sends to none"
  `)
  expect(describeAlertRoute('Watchdog', wrong).split('\n')[1]).toMatchInlineSnapshot(
    `"  remedy: correct spec.alerting.alertmanagers: \`kubectl -n monitoring edit prometheus kube-prometheus-stack-prometheus\`; \`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -\` makes anew what the chart renders"`,
  )
})

test('on its way', () => {
  expect(describeAlertRoute('Watchdog', well)).toMatchInlineSnapshot(`
    "Watchdog fires in Prometheus, which sends it to http://10.244.1.7:9093/api/v2/alerts: it is on its way, sent again once a minute
      remedy: where it does not come, \`kubectl -n monitoring logs -l app.kubernetes.io/name=prometheus -c prometheus\` says what became of it"
  `)
})
