import { acceptsValue } from '../../clients/alertMatchers.ts'
import type { Labels } from '../../clients/prometheus.ts'
import { droppingRelabeling, type Relabeling } from '../../diagnosis/alerting.ts'
import { allMatchers } from '../../diagnosis/alertRoutes.ts'
import { isObject } from '../../lib/json.ts'
import { countOf, few } from '../../lib/messages.ts'
import { findingsAbout } from '../rootCauses.ts'
import { describeDifference, differences } from '../structuralDiff.ts'
import { kindsOf, namesOf } from './alertKinds.ts'
import { isSame, type Rule } from './common.ts'

const dropOf = (relabelings: readonly unknown[], labels: Labels): string | undefined =>
  droppingRelabeling({ alerting: { alert_relabel_configs: relabelings as readonly Relabeling[] } }, labels)

/** Whether a step of a relabeling sets or removes a label. */
const writes = (step: unknown, label: string): boolean => {
  if (!isObject(step)) return false
  const { action, regex = '', target_label: target } = step
  const isMatch = acceptsValue({ operator: '=~', value: String(regex) }, label)
  return target === label || (action === 'labeldrop' && isMatch) || (action === 'labelkeep' && !isMatch)
}

/** Alerts that Prometheus drops or relabels before it sends them. */
export const relabelings: Rule = (before, after) => {
  const [was, is] = [before.notification.relabelings, after.notification.relabelings]
  if (isSame(was, is)) return []
  const dropped = kindsOf(before, after).flatMap((kind) => {
    const by = dropOf(was, kind.labels) === undefined ? dropOf(is, kind.labels) : undefined
    return by === undefined ? [] : [{ kind, by }]
  })
  const finding = findingsAbout('alert-relabelings', 'alert relabelings')
  const remedy = 'set the old list in prometheusSpec.additionalAlertRelabelConfigs of the values'
  const changes = few(differences(was, is).map(describeDifference))
  if (dropped.length > 0) {
    const names = namesOf(dropped.map(({ kind }) => kind))
    const sentence = `Prometheus no longer sends ${countOf(names.length, 'alert')} to Alertmanager: ${few(names)}; ${dropped[0]?.by}`
    return [finding('new', 'high', sentence, remedy, { changesMeaning: true })]
  }
  const routed = new Set(allMatchers(after.notification.alertmanager).map(({ name }) => name))
  const isRouting = [...was, ...is].some((step) => [...routed].some((label) => writes(step, label)))
  const sentence = `Prometheus relabels alerts differently before it sends them: ${changes}`
  return [
    isRouting
      ? finding('new', 'high', `${sentence}; routes match these labels`, remedy, { changesMeaning: true })
      : finding('change', 'medium', sentence, remedy),
  ]
}
