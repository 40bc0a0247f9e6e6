import { brokenByText } from '../report/checklist.ts'
import { notCheckedTitle } from '../report/notChecked.ts'
import { chart } from '../report/page/chart.ts'
import { endOf, inOrder } from '../report/page/clock.ts'
import { pageFrame } from '../report/page/frame.ts'
import { markup, verbatim, type Markup } from '../report/page/markup.ts'
import type { ClaimOutcome } from '../specs/support/claim.ts'
import type { Finding } from './findings.ts'
import { bisectTable } from './bisectReport.ts'
import { rollbackTable } from './rollbackReport.ts'
import { classOf, header, overview } from './page/overview.ts'
import { closedTable, prose, section, tableMarkup } from './page/parts.ts'
import { upgradeStyle } from './page/style.ts'
import { trafficChart } from './page/traffic.ts'
import type { UpgradeResult } from './result.ts'
import { describeClaimCounts, findingsOf, verdictLine } from './summary.ts'
import {
  claimTable,
  crdTable,
  findingTable,
  groupTitles,
  idleTable,
  manifestTable,
  notCheckedTable,
  ownClaimTable,
  trafficTables,
} from './tables.ts'

/** A regression: what users notice, its consequences, and what to do. */
const regression = ({ id, severity, sentence, consequences, remedy }: Finding): Markup => {
  // The sentence may be followed by the output of a command.
  const [first = '', ...lines] = sentence.split('\n')
  return markup`<article class="${severity}">
<p class="severity">${severity}</p>
<h3>${prose(first)} <code class="id">${id}</code></h3>
${lines.length === 0 ? undefined : verbatim(lines.join('\n'))}
${consequences.length === 0 ? undefined : markup`<ul class="claims">${consequences.map((text) => markup`<li>${prose(text)}</li>`)}</ul>`}
<p class="remedy"><b>Remedy:</b> ${prose(remedy.trimEnd())}</p>
</article>`
}

const trafficSections = ({ traffic }: UpgradeResult): readonly (Markup | undefined)[] => {
  if (!traffic) return []
  const { gaps, lines, older } = trafficTables(traffic)
  return [
    section('outages', 'Outages', [trafficChart(traffic)]),
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
    ...tableMarkup(ownClaimTable(result)),
    ...brokenClaims('Broken before', before),
    ...brokenClaims('Broken now', after),
    ...brokenClaims('Broken on an empty cluster', fresh),
  ])
}

const otherDifferences = (result: UpgradeResult): readonly Markup[] => [
  ...(['expected', 'fixed', 'pre-existing', 'change'] as const).flatMap((verdict) =>
    closedTable(findingTable(result, verdict), verdict),
  ),
  ...tableMarkup(idleTable(result)),
]

/** The upgrade check as one page of HTML without scripts, which loads nothing. */
export const upgradePage = (result: UpgradeResult): string => {
  const { invalid, steps } = result
  const end = endOf(steps)
  const main = [
    section('why', 'Why', invalid === undefined ? [] : [verbatim(invalid)]),
    ...(['breaks', 'meaning'] as const).map((group) =>
      section(group, groupTitles[group], findingsOf(result, group).map(regression)),
    ),
    section('not-checked', notCheckedTitle, tableMarkup({ ...notCheckedTable(result), title: 'By reason' })),
    section('bisection', 'Bisection', tableMarkup(bisectTable(result))),
    section('way-back', 'Way back', tableMarkup(rollbackTable(result))),
    ...trafficSections(result),
    claims(result),
    section('others', 'Other differences', otherDifferences(result)),
    section('crds', 'CRDs', tableMarkup(crdTable(result))),
    section('manifests', 'Manifests', closedTable(manifestTable(result), 'objects')),
    section('steps', 'Durations', end === 0 ? [] : [chart(inOrder(steps), [], end)]),
  ]
  const { html } = markup`${main}`
  return pageFrame({
    title: verdictLine(result),
    className: classOf(result),
    ownStyle: upgradeStyle,
    top: [header(result), overview(result, (anchor) => html.includes(`id="${anchor}"`))],
    main,
  })
}
