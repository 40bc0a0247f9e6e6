import { countOf, few } from '../../lib/messages.ts'
import type { AlertingRule } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import type { ChangedAlert } from '../rulePairs.ts'

const runbookOf = ({ annotations }: AlertingRule) => annotations['runbook_url'] ?? ''
const textsOf = ({ annotations }: AlertingRule) =>
  JSON.stringify(Object.entries(annotations).filter(([name]) => name !== 'runbook_url'))

/** Changed annotations of alerts: one finding for all, because a new version may reword them all. */
export const annotationDifferences = (changed: readonly ChangedAlert[]): readonly Difference[] => {
  const relinked = changed.filter(
    ({ old, now }) => runbookOf(old) !== '' && runbookOf(old) !== runbookOf(now),
  )
  const unlinked = relinked.filter(({ now }) => runbookOf(now) === '')
  const moved = relinked.filter(({ now }) => runbookOf(now) !== '')
  const reworded = changed.filter(({ old, now }) => textsOf(old) !== textsOf(now))
  const about = (all: readonly ChangedAlert[]) =>
    `${countOf(all.length, 'alert')} (${few(all.map(({ name }) => name))})`
  const [example] = moved
  return [
    ...(unlinked.length > 0
      ? [
          findingsAbout('alerts/runbooks-gone', 'runbooks gone')(
            'change',
            'medium',
            `the runbook link is gone from ${about(unlinked)}`,
            'set defaultRules.runbookUrl in the values file, or the annotation runbook_url in your own PrometheusRule',
          ),
        ]
      : []),
    ...(example
      ? [
          findingsAbout('alerts/runbooks', 'runbooks')(
            'change',
            'low',
            `the runbook link of ${about(moved)} changed from ${runbookOf(example.old)} to ${runbookOf(example.now)}`,
          ),
        ]
      : []),
    ...(reworded.length > 0
      ? [
          findingsAbout('alerts/texts', 'texts of alerts')(
            'change',
            'low',
            `the annotations of ${about(reworded)} changed`,
          ),
        ]
      : []),
  ]
}
