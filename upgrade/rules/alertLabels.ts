import { countOf, few } from '../../lib/messages.ts'
import type { Labels } from '../../clients/prometheus.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import type { ChangedAlert } from '../rulePairs.ts'
import { sortedPairs } from '../structuralDiff.ts'

type LabelChange = ChangedAlert &
  Readonly<{ label: string; was: string | undefined; is: string | undefined; route: string }>

const labelChanges = (
  changed: readonly ChangedAlert[],
  receivers: (name: string, labels: Labels) => string,
): readonly LabelChange[] =>
  changed.flatMap((one) =>
    sortedPairs(one.old.labels, one.now.labels)
      .filter(({ before, after }) => before !== after)
      .map(({ name: label, before: was, after: is }) => {
        const [old, now] = [receivers(one.name, one.old.labels), receivers(one.name, one.now.labels)]
        return { ...one, label, was, is, route: old === now ? '' : `from ${old} to ${now}` }
      }),
  )

const describeChange = ({ label, was, is }: LabelChange) => {
  if (was === undefined) return `label ${label}="${is}" is new`
  if (is === undefined) return `label ${label}="${was}" is gone`
  return `label ${label} changed from ${was} to ${is}`
}

/**
 * The labels that alerting rules add, by change: one value may change many alerts.
 * @param receivers who gets an alert of this name with these labels, with the new configuration
 */
export const labelDifferences = (
  changed: readonly ChangedAlert[],
  receivers: (name: string, labels: Labels) => string,
): readonly Difference[] => {
  const groups = Map.groupBy(
    labelChanges(changed, receivers),
    (one) => `${one.label}/${one.was ?? 'none'} to ${one.is ?? 'none'}${one.route && ` ${one.route}`}`,
  )
  return [...groups].flatMap(([group, all]): readonly Difference[] => {
    const [first] = all
    if (!first) return []
    const names = all.map(({ key }) => key)
    const id = all.length === 1 ? `alert/${first.key}/labels.${first.label}` : `alert-labels/${group}`
    const who = all.length === 1 ? `alert ${first.key}` : `${countOf(all.length, 'alert')} (${few(names)})`
    const effect =
      first.route === ''
        ? 'inhibitions, silences and queries that select by it no longer match as before'
        : `its notifications move ${first.route}`
    const about = all.length === 1 ? `alert:${first.name}` : `alert labels:${group}`
    const finding = findingsAbout(id, about)
    // Alertmanager matches the labels that it knows; one more changes nothing unless a route asks for it.
    return first.was === undefined && first.route === ''
      ? [finding('change', 'low', `${who}: ${describeChange(first)}`)]
      : [
          finding(
            'new',
            'high',
            `${who}: ${describeChange(first)}; ${effect}`,
            `set the old label in your own PrometheusRule, or change what selects by ${first.label}`,
            { changesMeaning: true },
          ),
        ]
  })
}
