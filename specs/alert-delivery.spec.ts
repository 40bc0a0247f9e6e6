import { describeOverlayFile } from '../config/overlayFolder.ts'
import { deliveryShortfalls, receivedOrWhyNot } from '../diagnosis/alertDelivery.ts'
import { describeFailed, describeMuting, describeSendErrors } from '../diagnosis/alertLoss.ts'
import { droppingRelabeling, parseSending } from '../diagnosis/alerting.ts'
import { canary, watchdog } from '../diagnosis/alertProof.ts'
import { blockedConfigs, configName, readAlertmanagerConfigs } from '../diagnosis/alertmanagerConfigs.ts'
import { misroutedAlerts, parseConfiguration } from '../diagnosis/alertRoutes.ts'
import { readFailedNotifications, readSendErrors } from '../diagnosis/notificationLog.ts'
import { reapplyChart } from '../diagnosis/remedies.ts'
import { alertReceiver } from '../clients/alertReceiver.ts'
import { describeLabels } from '../clients/selectors.ts'
import { expectedRoutes } from './support/expectedRoutes.ts'
import { area, expectNone } from './support/claim.ts'

const testClaim = area('alert delivery', ['kube-prometheus-stack'])

testClaim(
  'alerts-canary-fires',
  'an alert on a metric of the app arrives at a webhook, with its labels and annotations',
  { needs: ['custom-metrics-app'] },
  async (clients) => expectNone(await deliveryShortfalls(clients, canary, 'firing')),
)

testClaim(
  'alerts-canary-resolves',
  'its resolution arrives there, too',
  { needs: ['custom-metrics-app'] },
  async (clients) => expectNone(await deliveryShortfalls(clients, canary, 'resolved')),
)

testClaim('alerts-watchdog-arrives', 'Watchdog arrives there again and again', {}, async (clients) =>
  expectNone(await deliveryShortfalls(clients, watchdog, 'firing')),
)

testClaim(
  'alerts-sent',
  'Prometheus and Alertmanager fail to send nothing',
  {},
  async ({ kubernetes, components }, { context }) => {
    const [sendErrors, failed, { notifications }] = await Promise.all([
      readSendErrors(kubernetes, components.prometheus),
      readFailedNotifications(kubernetes, components.alertmanager),
      context ? { notifications: [] } : receivedOrWhyNot(kubernetes),
    ])
    const last = notifications.findLast(({ receiver }) => receiver === alertReceiver.name)?.receivedAt ?? 0
    // Alertmanager logs no success, but this receiver knows its own.
    const current = failed.filter(({ receiver, at }) => receiver !== alertReceiver.name || at > last)
    expectNone([...describeSendErrors(sendErrors, components.prometheus), ...current.map(describeFailed)])
  },
)

testClaim(
  'alerts-routes',
  'each kind of alert goes to the receiver that it should go to, and no silence or alert relabeling holds it back',
  {},
  async ({ kubernetes, prometheus, alertmanager, components, servers }, { overlay }) => {
    const [{ config }, configs, silences, loaded] = await Promise.all([
      alertmanager.status(),
      readAlertmanagerConfigs(kubernetes),
      alertmanager.silences(),
      prometheus.loadedConfig(),
    ])
    const [configuration, sending] = [parseConfiguration(config.original), parseSending(loaded)]
    const expected = expectedRoutes(components.prometheus)
    const ours = new Set(expected.flatMap(({ receivers }) => receivers))
    const values = overlay?.values['kube-prometheus-stack']
    const added = values === undefined ? [] : (configuration.receivers ?? []).map(({ name }) => name)
    const misrouted = misroutedAlerts(
      configuration,
      expected,
      configs.map(configName),
      added.filter((name) => !ours.has(name)),
    )
    // The claims about their delivery say more about alerts that arrive at our receiver.
    const muted = expected
      .filter(({ receivers }) => !receivers.includes(alertReceiver.name))
      .flatMap(({ alert, labels }) =>
        describeMuting(`${alert} (${describeLabels(labels)})`, labels, {
          ...{ silences, url: servers.alertmanager.url },
          droppedBy: droppingRelabeling(sending, labels),
        }),
      )
    expectNone([
      ...muted,
      ...(misrouted.length === 0
        ? []
        : [
            ...misrouted,
            ...(overlay && values !== undefined
              ? [
                  `${describeOverlayFile(overlay, values)} is laid over ours: a list in it replaces the whole list, so it must repeat our routes and receivers`,
                ]
              : []),
            `  remedy: correct alertmanager.config in values/kube-prometheus-stack.yaml, or the table in specs/support/expectedRoutes.ts; ${reapplyChart}`,
          ]),
    ])
  },
)

testClaim(
  'alerts-config-namespaces',
  'no AlertmanagerConfig is kept from alerts that it asks for',
  {},
  async ({ kubernetes, prometheus, alertmanager, components }) =>
    expectNone(await blockedConfigs(kubernetes, components.alertmanager, prometheus, alertmanager)),
)
