import { brokenByText } from '../report/checklist.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import { chart } from '../report/page/chart.ts'
import { endOf, inOrder } from '../report/page/clock.ts'
import { pageFrame } from '../report/page/frame.ts'
import { markup, verbatim, type Markup } from '../report/page/markup.ts'
import { countOf } from '../lib/messages.ts'
import { describeClaimCounts } from './page/answer.ts'
import { otherDifferences, regressions } from './page/differences.ts'
import { details, section, tableMarkup } from './page/parts.ts'
import { trafficChart } from './page/traffic.ts'
import { upgradeStyle } from './page/style.ts'
import { claimTable, crdTable, idleTable, manifestTable, trafficTables, stepTable } from './page/tables.ts'
import { classOf, header, overview, titleOf } from './page/verdict.ts'
import type { UpgradeResult } from './result.ts'

const trafficSections = ({ traffic }: UpgradeResult): readonly (Markup | undefined)[] => {
  if (!traffic) return []
  const { outages, helm, gaps, lines, older } = trafficTables(traffic)
  return [
    section('traffic', 'Outages', [trafficChart(traffic), ...[outages, helm].flatMap(tableMarkup)]),
    section('data', 'Scrapes and logs', [
      markup`<div class="pair">${[gaps, lines, older].flatMap(tableMarkup)}</div>`,
    ]),
  ]
}

const brokenClaims = (when: string, outcomes: readonly ClaimOutcome[] = []): readonly Markup[] =>
  brokenByText(outcomes).map(
    ({ claims, text }) => markup`<h3>${when}: ${claims.map(({ id }) => id).join(', ')}</h3>${verbatim(text)}`,
  )

const claims = (result: UpgradeResult): Markup | undefined => {
  const { before, after, fresh } = result.claims
  return section('claims', 'Claims', [
    markup`<p>${describeClaimCounts(result.claims)}</p>`,
    ...tableMarkup(claimTable(result)),
    ...brokenClaims('Broken before', before),
    ...brokenClaims('Broken now', after),
    ...brokenClaims('Broken on an empty cluster', fresh),
  ])
}

const manifests = (result: UpgradeResult): Markup | undefined =>
  section(
    'manifests',
    'Manifests',
    details(
      'What the new charts render otherwise',
      countOf(result.manifests.length, 'object'),
      tableMarkup(manifestTable(result)),
    ),
  )

const steps = (result: UpgradeResult): Markup | undefined => {
  const end = endOf(result.steps)
  return section(
    'steps',
    'Where the time went',
    end === 0
      ? []
      : [
          chart(inOrder(result.steps), [], end),
          ...details(
            'The same in numbers',
            countOf(result.steps.length, 'step'),
            tableMarkup(stepTable(result)),
          ),
        ],
  )
}

/** All of an upgrade check as one page of HTML, which asks the network for nothing and has no script. */
export const upgradePage = (result: UpgradeResult): string => {
  const { invalid } = result
  const main = [
    section('why', 'Why', invalid === undefined ? [] : [verbatim(invalid)]),
    section('new', 'New regressions', regressions(result)),
    ...trafficSections(result),
    claims(result),
    section('others', 'Other differences', [...otherDifferences(result), ...tableMarkup(idleTable(result))]),
    section('crds', 'CRDs', tableMarkup(crdTable(result))),
    manifests(result),
    steps(result),
  ]
  const { html } = markup`${main}`
  return pageFrame({
    title: titleOf(result),
    className: classOf(result),
    ownStyle: upgradeStyle,
    top: [header(result), overview(result, (anchor) => html.includes(`id="${anchor}"`))],
    main,
  })
}
