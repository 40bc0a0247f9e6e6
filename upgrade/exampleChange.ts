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

/** The findings of an upgrade that changed this and no more. */
export const findings = ({ before = {}, after }: Pick<Change, 'before' | 'after'>): readonly Finding[] =>
  compare({ ...base, ...before }, { ...base, ...before, ...upgraded, ...after }).filter(
    ({ id, verdict }) => verdict !== 'pre-existing' && !id.startsWith('release/'),
  )

/** The same in short: verdict, id, and whether it means something else. */
export const brief = (change: Pick<Change, 'before' | 'after'>): readonly string[] =>
  findings(change).map(
    ({ verdict, id, changesMeaning }) => `${verdict} ${id}${changesMeaning ? ', another meaning' : ''}`,
  )

/** Old and new expression beside each other: four series, whose values are so many times as much. */
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

/** The example with another configuration of Alertmanager. */
export const routing = (change: Partial<AlertmanagerConfiguration>) => ({
  notification: { ...base.notification, alertmanager: { ...base.notification.alertmanager, ...change } },
})
