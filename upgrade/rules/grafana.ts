import { countOf } from '../../lib/messages.ts'
import type { Difference } from '../rootCauses.ts'
import type { Observation, Panel } from '../observation.ts'
import { explainNewResult, findingsAbout, needsOf, pairs, type Rule } from './common.ts'

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
    const finding = findingsAbout(`panel/${uid}/${name}`, `panel:${name}`)
    const panel = `panel "${name}" of "${title}"`
    if (is.answer === 'data') {
      if (was.answer === 'data') return []
      const { verdict, why } = explainNewResult(was, is, before, after)
      return [finding(verdict, 'low', `${panel} has data now, ${why}`, '', { byEvents: true })]
    }
    if (was.answer !== 'data') {
      const remedy = 'see whether what it shows exists in this cluster'
      return [finding('pre-existing', 'low', `${panel} has no data, as before: ${is.answer}`, remedy)]
    }
    return [
      finding(
        'new',
        is.answer === 'no data' ? 'medium' : 'high',
        `${panel} ${is.answer === 'no data' ? 'has no data' : `shows an error (${is.answer})`}: ${is.expr}`,
        'run its query in Prometheus part by part, and see which part has no result',
        { dependsOn: [`dashboard:${title}`, ...needsOf(is.expr, before)] },
      ),
    ]
  })

/** Dashboards that are gone or changed their uid, and panels that lost their data. */
export const dashboards: Rule = (before, after) =>
  pairs(before.dashboards, after.dashboards).flatMap(
    ({ name: uid, before: old, after: now }): readonly Difference[] => {
      if (old && now) return panelDifferences(uid, old, now, before, after)
      const title = (old ?? now)?.title
      const finding = findingsAbout(`dashboard/${uid}`, `dashboard:${title}`)
      if (!old) {
        const size = now ? countOf(Object.keys(now.panels).length, 'query').replace('querys', 'queries') : ''
        return [finding('change', 'low', `dashboard "${title}" is new, with ${size}`)]
      }
      const [newUid] = Object.entries(after.dashboards).find(([, other]) => other.title === title) ?? []
      return [
        newUid === undefined
          ? finding(
              'new',
              'high',
              `dashboard "${title}" is gone`,
              `keep it as your own ConfigMap: the old version has its JSON at /api/dashboards/uid/${uid}`,
            )
          : finding(
              'new',
              'medium',
              `the uid of dashboard "${title}" changed from ${uid} to ${newUid}: links to it are broken`,
              `replace /d/${uid} in links and alerts by /d/${newUid}`,
            ),
      ]
    },
  )

/** Data sources that are gone, unhealthy, or changed their URL. */
export const dataSources: Rule = (before, after) =>
  pairs(before.dataSources, after.dataSources).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const finding = findingsAbout(`data-source/${name}`, `data source:${name}`)
      if (!now) {
        const sentence = `data source ${name} is gone: every panel that uses it has no data`
        return [finding('new', 'high', sentence, "see Grafana's data sources in the chart's values")]
      }
      if (!old) return [finding('change', 'low', `data source ${name} (${now.type}) is new`)]
      if (now.health !== old.health) {
        const sentence = `the health of data source ${name} changed from ${old.health} to ${now.health}`
        return [
          now.health === 'OK'
            ? finding('fixed', 'low', sentence)
            : finding('new', 'high', sentence, `see whether Grafana can reach ${now.url}`),
        ]
      }
      if (now.url === old.url) return []
      return [
        finding('change', 'low', `the URL of data source ${name} changed from ${old.url} to ${now.url}`),
      ]
    },
  )
