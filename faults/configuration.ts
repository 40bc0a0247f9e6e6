import { gzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { eventually } from '../lib/eventually.ts'
import {
  add,
  all,
  change,
  followedBy,
  killPods,
  reference,
  type Injection,
  type Reference,
} from './change.ts'
import type { Fault } from './table.ts'
import { reloadPrometheus, reloadUntilRefused, restartPrometheus } from './prometheus.ts'

const monitoring = 'monitoring'
const custom = (kind: string) =>
  reference('monitoring.coreos.com/v1', kind, monitoring)(`kube-prometheus-stack-${kind.toLowerCase()}`)
const prometheus = custom('Prometheus')
const alertmanager = custom('Alertmanager')
const secret = reference('v1', 'Secret', monitoring)
const webhook = reference(
  'admissionregistration.k8s.io/v1',
  'ValidatingWebhookConfiguration',
  '',
)('kube-prometheus-stack-admission')

const base64 = (data: string | Buffer) => Buffer.from(data).toString('base64')

/** Lets the admission webhook ignore every object, and waits until the API server has noticed. */
const withoutWebhook = (yaml: string): Injection =>
  followedBy(
    change(webhook, {
      '/webhooks/0/objectSelector': { matchLabels: { 'observability-e2e/validated': 'yes' } },
    }),
    ({ kubernetes, within }) =>
      eventually(
        'the API server accepts an invalid object',
        () => kubernetes.objects().create(parse(yaml) as Reference, undefined, 'All'),
        { within },
      ).then(() => {}),
    async () => {},
  )

const unparsableRule = `
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: team, namespace: default, labels: {release: kube-prometheus-stack}}
spec:
  groups:
    - {name: good, rules: [{record: "team:up", expr: sum(up)}]}
    - {name: bad, rules: [{alert: TeamDown, expr: sum(up}]}
`

/** This machine's clock, as far as this process reads it. */
const moveClock = (ms: number): Injection => {
  const now = Date.now
  return async () => {
    Date.now = () => now() + ms
    return async () => {
      Date.now = now
    }
  }
}

export const configurationFaults: readonly Fault[] = [
  {
    name: 'config-secret-missing',
    sentence: 'Prometheus names a Secret with scrape configurations that does not exist',
    inject: change(prometheus, {
      '/spec/additionalScrapeConfigs': { name: 'nowhere', key: 'scrape.yaml' },
    }),
    red: ['config-reconciled'],
    cause:
      /Prometheus monitoring\/kube-prometheus-stack-prometheus is not reconciled: .*"nowhere" not found\n.*keeps its old configuration[\s\S]*remedy: create Secret nowhere/,
  },
  {
    name: 'config-refused',
    sentence: 'a Secret with scrape configurations has a field one level too high',
    disturbs: 'everything',
    inject: followedBy(
      all(
        add(`
apiVersion: v1
kind: Secret
metadata: {name: team-scrape, namespace: monitoring}
stringData:
  scrape.yaml: |
    - job_name: team
      type: A
      dns_sd_configs: [{names: [team.default.svc]}]
`),
        change(prometheus, {
          '/spec/additionalScrapeConfigs': { name: 'team-scrape', key: 'scrape.yaml' },
        }),
      ),
      reloadUntilRefused,
      // Its reloader retries the refused configuration, and reads no newer one for three minutes.
      restartPrometheus,
    ),
    // The rule that asks for the reload cannot be loaded either.
    red: ['config-prometheus', 'config-rules'],
    cause:
      /Prometheus cannot load its newest configuration: .*\n.*field type not found[\s\S]*its next restart fails/,
  },
  {
    name: 'config-receiver',
    sentence: "Alertmanager's Secret routes to a receiver that it does not define",
    inject: change(secret('alertmanager-kube-prometheus-stack-alertmanager'), {
      '/data/alertmanager.yaml': base64('route: {receiver: team}\nreceivers: [{name: other}]\n'),
    }),
    red: ['config-reconciled'],
    cause:
      /Alertmanager monitoring\/kube-prometheus-stack-alertmanager is not reconciled: .*undefined receiver "team".*\n.*alerts still go where they went before/,
  },
  {
    name: 'config-paused',
    sentence: 'Alertmanager is paused, and somebody else writes its configuration',
    inject: followedBy(
      all(
        change(alertmanager, { '/spec/paused': true }),
        change(secret('alertmanager-kube-prometheus-stack-alertmanager-generated'), {
          '/data/alertmanager.yaml.gz': base64(gzipSync('route: {receiver: nobody}\n')),
        }),
      ),
      async () => {},
      // Its reloader would notice the second change of a file only after three minutes.
      killPods(monitoring, 'app.kubernetes.io/name=alertmanager'),
    ),
    red: ['config-reconciled', 'config-alertmanager'],
    cause: /Alertmanager monitoring\/kube-prometheus-stack-alertmanager is paused: the operator ignores/,
  },
  {
    name: 'config-rule-unparsable',
    sentence: 'an expression of a PrometheusRule does not parse, and no webhook has refused it',
    inject: all(withoutWebhook(unparsableRule), add(unparsableRule)),
    red: ['config-accepted', 'config-rules'],
    cause:
      /PrometheusRule default\/team: the operator rejects it: [\s\S]*group bad, rule TeamDown: .*unclosed left parenthesis/,
  },
  {
    name: 'config-probe-rejected',
    sentence: 'a Probe names a Secret that does not exist',
    inject: add(`
apiVersion: monitoring.coreos.com/v1
kind: Probe
metadata: {name: team, namespace: default, labels: {release: kube-prometheus-stack}}
spec:
  prober: {url: prober.default}
  basicAuth: {username: {name: nowhere, key: user}, password: {name: nowhere, key: password}}
  targets: {staticConfig: {static: [team.default]}}
`),
    red: ['config-accepted', 'config-monitors'],
    cause: /Probe default\/team: the operator rejects it: .*nowhere/,
  },
  {
    name: 'config-probe-unselected',
    sentence: 'there is a Probe, and Prometheus selects none',
    inject: all(
      change(prometheus, { '/spec/probeSelector': undefined }),
      add(`
apiVersion: monitoring.coreos.com/v1
kind: Probe
metadata: {name: team, namespace: default}
spec: {prober: {url: prober.default}, targets: {staticConfig: {static: [team.default]}}}
`),
    ),
    red: ['config-monitors'],
    cause: /Probe default\/team: not in force: Prometheus has no probeSelector, so it never reads a Probe\n/,
  },
  {
    name: 'scrape-config-empty',
    sentence: 'a ScrapeConfig discovers nothing',
    inject: followedBy(
      add(`
apiVersion: monitoring.coreos.com/v1alpha1
kind: ScrapeConfig
metadata: {name: team, namespace: default}
spec: {kubernetesSDConfigs: [{role: Pod, namespaces: {names: [nowhere]}}]}
`),
      reloadPrometheus,
    ),
    red: ['prometheus-targets'],
    cause: /ScrapeConfig default\/team has no target: it discovers nothing/,
  },
  {
    name: 'config-alertmanager-config',
    sentence: 'an AlertmanagerConfig has a receiver and no route',
    inject: add(`
apiVersion: monitoring.coreos.com/v1alpha1
kind: AlertmanagerConfig
metadata: {name: team, namespace: monitoring}
spec: {receivers: [{name: hook, webhookConfigs: [{url: "http://team.default/"}]}]}
`),
    red: ['config-alertmanager-configs'],
    cause: /AlertmanagerConfig monitoring\/team: not in force: it has no route/,
  },
  {
    name: 'pod-outdated',
    sentence: "Grafana's settings were changed after it started",
    disturbs: 'everything',
    inject: change(reference('v1', 'ConfigMap', monitoring)('kube-prometheus-stack-grafana'), {
      '/data/grafana.ini': (old: string) => `${old}\n; changed\n`,
    }),
    red: ['cluster-pods-current'],
    cause:
      /container grafana started at .* still runs with the old ConfigMap monitoring\/kube-prometheus-stack-grafana, which it mounts as the single file \/etc\/grafana\/grafana\.ini.*\n.*rollout restart deployment\/kube-prometheus-stack-grafana/,
  },
  {
    name: 'clock-ahead',
    sentence: "this machine's clock is 20 minutes ahead",
    disturbs: 'everything',
    inject: moveClock(20 * 60_000),
    red: ['cluster-clocks'],
    cause: /the clock of this machine is (20 min|19 min 59 s).* ahead of that of the API server/,
  },
]
