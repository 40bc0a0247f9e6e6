import type { Dashboards, IndexPattern } from '../../clients/dashboards.ts'
import { NoAnswerError } from '../../clients/http.ts'
import { messageOf } from '../../lib/messages.ts'
import type { Answer, Observation } from '../observation.ts'
import { named } from './named.ts'

/** An index pattern as users create one, without a field list. No other pattern has its title, so searches by title find one. */
export const barePattern = {
  id: 'observability-e2e-bare',
  title: 'logs-2*',
  timeField: '@timestamp',
} as const

const answerOf = async (dashboards: Dashboards, { title, timeField }: IndexPattern): Promise<Answer> => {
  try {
    const fields = await dashboards.fields(title)
    if (fields.length === 0) return 'no data'
    return timeField === '' || fields.some(({ name }) => name === timeField)
      ? 'data'
      : `error: no field ${timeField}`
  } catch (error) {
    return `error: ${messageOf(error)}`
  }
}

const types = ['search', 'visualization', 'dashboard'] as const

type Found = Pick<Observation, 'indexPatterns' | 'settings'>

/** Index patterns, whether the server finds their fields, and settings of OpenSearch Dashboards. */
const readDashboards = async (dashboards: Dashboards): Promise<Found> => {
  const [patterns, defaultIndex, counts] = await Promise.all([
    dashboards.indexPatterns(),
    dashboards.defaultIndex(),
    Promise.all(types.map(dashboards.countSaved)),
  ])
  const answers = await Promise.all(patterns.map((pattern) => answerOf(dashboards, pattern)))
  return {
    indexPatterns: named(
      patterns.map(({ id, title, timeField }, index) => [
        id,
        { title, timeField, answer: answers[index] ?? 'no data' },
      ]),
    ),
    settings: {
      'OpenSearch Dashboards': named([
        ['default index pattern', defaultIndex],
        ...types.map((type, index) => [`saved objects of type ${type}`, String(counts[index])] as const),
      ]),
    },
  }
}

/** The same, but empty if OpenSearch Dashboards is not installed, for example because E2E_STACKS leaves it out. */
export const observeDashboards = (dashboards: Dashboards): Promise<Found> =>
  readDashboards(dashboards).catch((error: unknown) => {
    if (error instanceof NoAnswerError) return { indexPatterns: {}, settings: {} }
    throw error
  })
