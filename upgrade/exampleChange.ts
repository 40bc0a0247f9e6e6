import type { AlertmanagerConfiguration } from '../diagnosis/alertRoutes.ts'
import { compare } from './compare.ts'
import { base } from './exampleObservation.ts'
import type { Finding } from './findings.ts'
import type { Observation, SideBySide } from './observation.ts'

const upgraded: Partial<Observation> = {
  releases: {
    ...base.releases,
    'kube-prometheus-stack': { chart: 'kube-prometheus-stack-89.0.0', revision: 2, status: 'deployed' },
  },
}

export type Change = Readonly<{
  what: string
  before?: Partial<Observation>
  after: Partial<Observation>
  findings: readonly string[]
}>

/** The findings of an upgrade that changed only this. */
export const findings = ({ before = {}, after }: Pick<Change, 'before' | 'after'>): readonly Finding[] =>
  compare({ ...base, ...before }, { ...base, ...before, ...upgraded, ...after }).filter(
    ({ id, verdict }) => verdict !== 'pre-existing' && !id.startsWith('release/'),
  )

/** The findings in short: verdict, id, and whether the meaning changed. */
export const brief = (change: Pick<Change, 'before' | 'after'>): readonly string[] =>
  findings(change).map(
    ({ verdict, id, changesMeaning }) => `${verdict} ${id}${changesMeaning ? ', another meaning' : ''}`,
  )

/** A side-by-side evaluation: both expressions return the same four series, the values of the new one times the ratio. */
export const beside = (ratio: number, more: Partial<SideBySide> = {}): SideBySide => ({
  old: 'old',
  now: 'now',
  series: { old: 4, now: 4, common: 4 },
  labels: { old: [], now: [] },
  differing: ratio === 1 ? 0 : 4,
  median: { old: 3, now: 3 * ratio },
  ratio,
  atRatio: 4,
  ...more,
})

/** The example with a changed configuration of Alertmanager. */
export const routing = (change: Partial<AlertmanagerConfiguration>) => ({
  notification: { ...base.notification, alertmanager: { ...base.notification.alertmanager, ...change } },
})
