import type { Observation } from '../observation.ts'
import { findingsAbout } from '../rootCauses.ts'
import { compareEach, type Rule } from './common.ts'

// A rare field may be missing from a sample by chance.
const usualShare = 0.5
const nearlyAll = 0.95
const enoughDocuments = 100

/** Fields that most log documents had and that few or none have now. */
export const logFields: Rule = ({ recentLogs: old }, { recentLogs: now }) => {
  if (old.documents < enoughDocuments || now.documents < enoughDocuments) return []
  return compareEach(old.fields, now.fields, (field, was = 0, is = 0) => {
    const finding = findingsAbout(`log-field/${field}`, `log field:${field}`)
    const percent = (share: number) => `${Math.round(share * 100)} %`
    if (was >= nearlyAll && is > 0 && is < usualShare)
      return finding(
        'change',
        'medium',
        `the share of log documents with field ${field} fell from ${percent(was)} to ${percent(is)}`,
        'find out what the documents without it have in common: a node, a namespace or a transform',
      )
    if (was < usualShare || is > 0) return undefined
    const sentence = `log documents no longer have field ${field}, which ${percent(was)} of them had: searches by it find only older documents`
    return finding(
      'new',
      'high',
      sentence,
      "compare the log agent's sources and transforms with the old ones; its release notes name renamed fields",
      { changesMeaning: true },
    )
  })
}

type Pattern = Observation['indexPatterns'][string]
const isUsable = (pattern: Pattern | undefined) => pattern?.answer === 'data'

/** Index patterns of OpenSearch Dashboards that are gone, changed, or no longer have fields. */
export const indexPatterns: Rule = (before, after) =>
  compareEach(before.indexPatterns, after.indexPatterns, (id, old, now) => {
    const finding = findingsAbout(`index-pattern/${id}`, `index pattern:${id}`)
    if (!old) return finding('change', 'low', `index pattern ${now?.title} is new`)
    if (!now) {
      const sentence = `index pattern ${old.title} is gone: its searches, visualizations and dashboards fail`
      return finding(
        'new',
        'high',
        sentence,
        'create it again with the same id, or restore the .kibana index',
      )
    }
    if (isUsable(old) && !isUsable(now)) {
      const sentence = `OpenSearch Dashboards no longer finds the fields of index pattern ${old.title} (${now.answer}): Discover shows nothing`
      const remedy =
        'refresh its field list under Dashboards Management > Index patterns; the log of OpenSearch Dashboards says what failed'
      return finding('new', 'high', sentence, remedy)
    }
    if (old.title === now.title && old.timeField === now.timeField) return undefined
    const described = ({ title, timeField }: Pattern) => `${title} by ${timeField || 'no time field'}`
    return finding(
      'new',
      'medium',
      `index pattern ${id} changed from ${described(old)} to ${described(now)}: its dashboards show different documents`,
      'set the old title and time field',
      { changesMeaning: true },
    )
  })
