import { parse } from 'yaml'
import type { Alertmanager } from '../../clients/alertmanager.ts'
import type { Prometheus } from '../../clients/prometheus.ts'
import { parseConfiguration } from '../../diagnosis/alertRoutes.ts'
import type { Observation } from '../observation.ts'

type Relabelings = Readonly<{ alert_relabel_configs?: readonly unknown[] }>
type Alerting = Relabelings & Readonly<{ alertmanagers?: readonly Relabelings[] }>

/** What decides who is notified of an alert. */
export const observeNotification = async (
  alertmanager: Pick<Alertmanager, 'status'>,
  prometheus: Pick<Prometheus, 'loadedConfig'>,
): Promise<Observation['notification']> => {
  const [{ config }, yaml] = await Promise.all([alertmanager.status(), prometheus.loadedConfig()])
  const { alerting = {} } = parse(yaml) as Readonly<{ alerting?: Alerting }>
  const { alert_relabel_configs: all = [], alertmanagers = [] } = alerting
  return {
    alertmanager: parseConfiguration(config.original),
    relabelings: [...all, ...alertmanagers.flatMap(({ alert_relabel_configs: own = [] }) => own)],
  }
}
