import { parse, stringify } from 'yaml'
import { connectAlertmanager } from '../clients/alertmanager.ts'
import { ourServers } from '../config/endpoints.ts'
import { add, change, reference, type Injection } from './change.ts'
import type { Fault } from './table.ts'

type Configuration = {
  route: { routes: object[] }
  receivers: { name: string; webhook_configs?: object[] }[]
}

/** Changes Alertmanager's configuration where the operator reads it. */
const reconfigure = (edit: (configuration: Configuration) => void): Injection =>
  change(reference('v1', 'Secret', 'monitoring')('alertmanager-kube-prometheus-stack-alertmanager'), {
    '/data/alertmanager.yaml': (old: string) => {
      const configuration = parse(Buffer.from(old, 'base64').toString()) as Configuration
      edit(configuration)
      return Buffer.from(stringify(configuration)).toString('base64')
    },
  })

const silence =
  (name: string, value: string): Injection =>
  async () => {
    const alertmanager = connectAlertmanager(ourServers.alertmanager)
    const id = await alertmanager.silence({
      matchers: [{ name, value, isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: 'npm run faults',
      comment: 'a fault',
    })
    return () => alertmanager.endSilence(id)
  }

const canary = ['alerts-canary-fires', 'alerts-canary-resolves']

export const alertFaults: readonly Fault[] = [
  {
    name: 'alert-receiver-down',
    sentence: 'the receiver of the alerts is scaled to 0',
    inject: change(reference('apps/v1', 'Deployment', 'monitoring')('alert-receiver'), {
      '/spec/replicas': 0,
    }),
    red: [...canary, 'alerts-watchdog-arrives', 'alerts-sent'],
    cause:
      /the alert receiver does not answer[\s\S]*Deployment monitoring\/alert-receiver: it is scaled to 0/,
  },
  {
    name: 'alert-receiver-url',
    sentence: 'Alertmanager has a wrong host name in the URL of the receiver',
    inject: reconfigure(({ receivers }) => {
      for (const receiver of receivers)
        if (receiver.webhook_configs)
          receiver.webhook_configs = [{ url: 'http://nowhere.monitoring.svc.cluster.local:8080/' }]
    }),
    red: [...canary, 'alerts-watchdog-arrives', 'alerts-sent'],
    cause:
      /Alertmanager cannot notify receiver alert-receiver through webhook\[0\]: .*nowhere\.monitoring.*no such host/,
  },
  {
    name: 'alert-silenced',
    sentence: 'a silence mutes the canary',
    inject: silence('alertname', 'E2ECanary'),
    red: canary,
    cause:
      /E2ECanary is silenced until \S+ by npm run faults .*\{alertname="E2ECanary"\}\n.*remedy: .*\/silence\//,
  },
  {
    name: 'alerts-silenced',
    sentence: 'a silence mutes all critical alerts',
    inject: silence('severity', 'critical'),
    red: ['alerts-routes'],
    cause:
      /a critical alert of the stack \(.*\) is silenced until \S+ by npm run faults .*\{severity="critical"\}\n.*remedy: .*\/silence\//,
  },
  {
    name: 'alert-unresolved',
    sentence: 'the receiver is sent no resolutions',
    inject: reconfigure(({ receivers }) => {
      for (const hook of receivers.flatMap(({ webhook_configs = [] }) => webhook_configs))
        Object.assign(hook, { send_resolved: false })
    }),
    red: ['alerts-canary-resolves'],
    cause: /receiver alert-receiver has send_resolved: false/,
  },
  {
    name: 'alert-route',
    sentence: 'a route before the one to the receiver takes its alerts',
    inject: reconfigure(({ route }) => {
      route.routes.unshift({ matchers: ['severity="none"'], receiver: 'null' })
    }),
    red: [...canary, 'alerts-watchdog-arrives', 'alerts-routes'],
    cause:
      /Alertmanager does not send E2ECanary to alert-receiver: route \{severity="none"\} sends it to null/,
  },
  {
    name: 'alert-config-namespace',
    sentence: 'an AlertmanagerConfig asks for an alert without a namespace',
    inject: add(`
apiVersion: monitoring.coreos.com/v1alpha1
kind: AlertmanagerConfig
metadata: {name: team, namespace: default}
spec:
  route: {receiver: hook, matchers: [{name: alertname, value: Watchdog}]}
  receivers: [{name: hook, webhookConfigs: [{url: "http://alert-receiver.monitoring:8080/"}]}]
`),
    red: ['alerts-config-namespaces'],
    cause:
      /AlertmanagerConfig default\/team cannot get the alert .*adds namespace="default" to it: alerts without a namespace: .*Watchdog/,
  },
]
