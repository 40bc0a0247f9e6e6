import type { Table } from '../upgrade/tables.ts'
import type { DrillResult, DrillsResult } from './result.ts'
import { backAfter, caughtUpAfter, greenAfter, linesOf, longestOutage, orNever } from './summary.ts'
import { inSeconds } from './verdict.ts'

const numberOrWhy = (value: number | undefined): number | string => value ?? 'not counted'
const allowed = (bound: number): string => (bound === Infinity ? 'any number' : String(bound))

/** A row for each drill. */
export const overviewTable = ({ drills }: DrillsResult): Table => ({
  title: 'All drills',
  head: ['Drill', 'Lost', 'Doubled', 'Torn', 'Longest outage', 'Back after', 'Caught up', 'Green after'],
  rows: drills.map((drill) => {
    const lines = linesOf(drill)
    const outage = longestOutage(drill)
    return [
      `${drill.verdict === 'holds' ? '✓' : '✗'} ${drill.name}`,
      numberOrWhy(lines?.lost),
      numberOrWhy(lines?.doubled),
      numberOrWhy(lines?.torn),
      outage && outage.seconds > 0 ? `${outage.endpoint} ${inSeconds(outage.seconds)}` : 'none',
      orNever(backAfter(drill)),
      orNever(caughtUpAfter(drill)),
      orNever(greenAfter(drill)),
    ]
  }),
})

const lineTable = ({ measured: { lines } }: DrillResult): Table => ({
  title: 'Lines by writer',
  head: ['Node', 'Written', 'Found', 'Lost', 'Doubled', 'Torn', 'Out of order', 'p50', 'p99', 'Longest'],
  rows:
    typeof lines === 'string'
      ? []
      : lines.map(({ node, pod, written, found, lost, doubled, torn, outOfOrder, delays }) => [
          `${node}\n${pod}`,
          written,
          found,
          lost,
          doubled,
          torn,
          outOfOrder,
          ...(delays
            ? [delays.p50, delays.p99, delays.max].map((ms) => inSeconds(ms / 1000))
            : ['–', '–', '–']),
        ]),
})

/** What was measured beside its bound. */
const boundTable = (drill: DrillResult): Table => {
  const { bounds, measured } = drill
  const { notifications, gaps, health, endpoints } = measured
  const lines = linesOf(drill)
  const [gap] = typeof gaps === 'string' ? [] : gaps
  const [alerts, unknown = ''] =
    typeof notifications === 'string' ? [undefined, notifications] : [notifications]
  return {
    title: 'Figures and bounds',
    head: ['What', 'Seen', 'Allowed'],
    rows: [
      ['lines lost', String(numberOrWhy(lines?.lost)), allowed(bounds.lost)],
      ['lines doubled', String(numberOrWhy(lines?.doubled)), allowed(bounds.doubled)],
      ['lines torn', String(numberOrWhy(lines?.torn)), allowed(bounds.torn)],
      [
        'longest scrape gap',
        gap ? `${inSeconds(gap.seconds)} (${gap.job})` : 'not read',
        inSeconds(bounds.scrapeGap),
      ],
      [
        'alerts not reported',
        alerts ? `${alerts.unsent} of ${alerts.fired}` : unknown,
        allowed(bounds.unsent),
      ],
      ['alerts reported twice', alerts ? String(alerts.sentTwice) : 'not counted', allowed(bounds.sentTwice)],
      [
        'gone',
        typeof measured.missing === 'string' ? 'not read' : measured.missing.join(', ') || 'nothing',
        bounds.gone.join(', ') || 'nothing',
      ],
      [
        'OpenSearch red or silent',
        `${inSeconds(health.red)} red, ${inSeconds(health.none)} silent, ${inSeconds(health.yellow)} yellow`,
        inSeconds(bounds.red),
      ],
      ...endpoints
        .filter(({ seconds }) => seconds > 0)
        .map(({ endpoint, seconds }) => [
          `${endpoint} without an answer`,
          inSeconds(seconds),
          inSeconds(bounds.outages[endpoint] ?? bounds.outages.others),
        ]),
    ],
  }
}

export const drillTables = (drill: DrillResult): readonly Table[] => [boundTable(drill), lineTable(drill)]
