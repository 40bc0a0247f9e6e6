import { countOf } from '../../lib/messages.ts'
import type { Difference } from '../rootCauses.ts'
import type { Observation, Panel } from '../observation.ts'
import { explainNewResult, needsOf, pairs, type Rule } from './common.ts'

type Dashboard = Observation['dashboards'][string]

const panelDifferences = (
  uid: string,
  { title, panels: old }: Dashboard,
  { panels: now }: Dashboard,
  before: Observation,
  after: Observation,
): readonly Difference[] =>
  pairs<Panel>(old, now).flatMap(({ name, before: was, after: is }): readonly Difference[] => {
    if (!was || !is) return []
    const one = { id: `panel/${uid}/${name}`, about: `panel:${name}` }
    const what = `panel "${name}" of "${title}"`
    if (is.answer === 'data') {
      if (was.answer === 'data') return []
      const { verdict, why } = explainNewResult(was, is, before, after)
      const sentence = `${what} has data now, ${why}`
      return [{ ...one, verdict, severity: 'low', sentence, remedy: '', byEvents: true }]
    }
    if (was.answer !== 'data') {
      return [
        {
          ...one,
          verdict: 'pre-existing',
          severity: 'low',
          sentence: `${what} has no data, as before: ${is.answer}`,
          remedy: 'see whether what it shows exists in this cluster',
        },
      ]
    }
    return [
      {
        ...one,
        dependsOn: [`dashboard:${title}`, ...needsOf(is.expr, before)],
        verdict: 'new',
        severity: is.answer === 'no data' ? 'medium' : 'high',
        sentence: `${what} ${is.answer === 'no data' ? 'is blank' : `shows an error (${is.answer})`}: ${is.expr}`,
        remedy: 'run its query in Prometheus part by part, and see which part has no result',
      },
    ]
  })

/** Dashboards that are gone or have moved, and panels that have lost their data. */
export const dashboards: Rule = (before, after) =>
  pairs(before.dashboards, after.dashboards).flatMap(
    ({ name: uid, before: old, after: now }): readonly Difference[] => {
      const id = `dashboard/${uid}`
      if (old && now) return panelDifferences(uid, old, now, before, after)
      if (!old) {
        const size = now ? countOf(Object.keys(now.panels).length, 'query').replace('querys', 'queries') : ''
        const sentence = `dashboard "${now?.title}" is new, with ${size}`
        const about = `dashboard:${now?.title}`
        return [{ id, about, verdict: 'change', severity: 'low', sentence, remedy: '' }]
      }
      const about = `dashboard:${old.title}`
      const moved = Object.entries(after.dashboards).find(([, { title }]) => title === old.title)
      if (moved) {
        return [
          {
            id,
            about,
            verdict: 'new',
            severity: 'medium',
            sentence: `dashboard "${old.title}" has another uid, ${moved[0]} instead of ${uid}: links to it lead nowhere`,
            remedy: `replace /d/${uid} in links and alerts by /d/${moved[0]}`,
          },
        ]
      }
      return [
        {
          id,
          about,
          verdict: 'new',
          severity: 'high',
          sentence: `dashboard "${old.title}" is gone`,
          remedy: `keep it as a ConfigMap of your own: its JSON of before is at /api/dashboards/uid/${uid} of the old version`,
        },
      ]
    },
  )

/** Data sources that are gone, unwell or lead elsewhere. */
export const dataSources: Rule = (before, after) =>
  pairs(before.dataSources, after.dataSources).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const one = { id: `data-source/${name}`, about: `data source:${name}` }
      if (!now) {
        return [
          {
            ...one,
            verdict: 'new',
            severity: 'high',
            sentence: `data source ${name} is gone: every panel that uses it is blank`,
            remedy: "see the chart's values for Grafana's data sources",
          },
        ]
      }
      if (!old) {
        const sentence = `data source ${name} (${now.type}) is new`
        return [{ ...one, verdict: 'change', severity: 'low', sentence, remedy: '' }]
      }
      if (now.health !== old.health) {
        const better = now.health === 'OK'
        return [
          {
            ...one,
            verdict: better ? 'fixed' : 'new',
            severity: better ? 'low' : 'high',
            sentence: `data source ${name} is ${now.health}, ${old.health} before`,
            remedy: better ? '' : `see whether Grafana can reach ${now.url}`,
          },
        ]
      }
      if (now.url !== old.url) {
        const sentence = `data source ${name} leads to ${now.url}, to ${old.url} before`
        return [{ ...one, verdict: 'change', severity: 'low', sentence, remedy: '' }]
      }
      return []
    },
  )
