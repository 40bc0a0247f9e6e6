import { countOf } from '../../lib/messages.ts'
import type { ClaimOutcome } from '../../specs/support/claim.ts'
import { brokenByText, byArea, countVerdict, figuresOf, signs } from '../checklist.ts'
import type { RunResult } from '../result.ts'
import { markup, verbatim, type Markup } from './markup.ts'
import { evidenceLink } from './verdict.ts'

type Area = Readonly<{ name: string; anchor: string; rows: readonly ClaimOutcome[] }>

export const areasOf = (outcomes: readonly ClaimOutcome[]): readonly Area[] =>
  byArea(outcomes).map(([name, rows], index) => ({ name, anchor: `area-${index + 1}`, rows }))

const className = (verdict: ClaimOutcome['verdict']) => verdict.replace(' ', '-')

/** `7 hold`, `7 not run`, `1 broken of 7` */
const tally = (rows: readonly ClaimOutcome[]): string => {
  const others = (['broken', 'not run'] as const).flatMap((verdict) => {
    const count = countVerdict(rows, verdict)
    return count === 0 ? [] : [`${count} ${verdict}`]
  })
  if (others.length === 0) return `${rows.length} hold`
  return others.join(', ') + (countVerdict(rows, 'holds') > 0 ? ` of ${rows.length}` : '')
}

/** One mark for each claim; each area links to its part of the checklist. */
export const overview = (areas: readonly Area[]): Markup =>
  markup`<nav aria-label="Areas"><ul>${areas.map(
    ({ name, anchor, rows }) =>
      markup`<li><a href="#${anchor}"><span>${name}</span>
<span class="marks" aria-hidden="true">${rows.map(({ verdict }) => markup`<i class="${className(verdict)}"></i>`)}</span>
<small>${tally(rows)}</small></a></li>`,
  )}</ul></nav>`

const article = (heading: Markup | string, text: string, ...more: readonly (Markup | undefined)[]): Markup =>
  markup`<article>
<h3>${heading}</h3>
${verbatim(text)}
${more}
</article>`

type Failure = ReturnType<typeof brokenByText>[number]

/** The heading names the claim that the failure broke; several claims are listed below the text. */
const failureArticle = ({ claims, text }: Failure, evidence: Markup | undefined): Markup => {
  const areas = new Set(claims.map(({ area }) => area))
  const [claim, ...otherClaims] = claims
  const prefix = areas.size === 1 ? `${claim?.area}: ` : ''
  if (otherClaims.length === 0)
    return article(markup`${prefix}${claim?.sentence} <code>${claim?.id}</code>`, text, evidence)
  const where = areas.size === 1 ? '' : ` in ${countOf(areas.size, 'area')}`
  const list = markup`<ul class="claims">${claims.map(
    ({ id, area, sentence }) =>
      markup`<li><code>${id}</code> ${areas.size === 1 ? '' : `${area}: `}${sentence}</li>`,
  )}</ul>
`
  const heading = `${prefix}${countOf(claims.length, 'claim')}${where}, broken by the same failure`
  return article(heading, text, list, evidence)
}

/** Each failure with the claims that it broke, then errors outside of any claim. */
export const broken = (result: RunResult): Markup | undefined => {
  const failures = brokenByText(result.outcomes)
  if (failures.length + result.errors.length === 0) return undefined
  const evidence = evidenceLink(result)
  return markup`<section aria-labelledby="broken">
<h2 id="broken">Broken</h2>
<div>${failures.map((failure) => failureArticle(failure, evidence))}${result.errors.map((error) =>
    article('Outside of any claim', error, evidence),
  )}</div>
</section>`
}

const figures = (outcome: ClaimOutcome): Markup | string => {
  const measured = figuresOf(outcome)
  return measured === undefined ? '' : markup` <span class="reason">${measured}</span>`
}

const claimRow = (outcome: ClaimOutcome): Markup => {
  const { claim, verdict } = outcome
  return markup`<tr class="${className(verdict)}">
<td><span class="sign" aria-hidden="true">${signs[verdict]}</span> ${verdict}</td>
<th scope="row">${claim.sentence} <code>${claim.id}</code>${
    verdict === 'not run' ? markup` <span class="reason">${outcome.reason}</span>` : figures(outcome)
  }</th>
<td>${claim.items.join(', ') || '–'}</td>
<td class="number">${verdict === 'not run' ? '–' : `${outcome.seconds.toFixed(1)} s`}</td>
</tr>`
}

/** Every claim, by area; areas with a broken claim are open. */
export const checklistByArea = (areas: readonly Area[]): Markup =>
  markup`<section aria-labelledby="checklist">
<h2 id="checklist">Checklist</h2>
<div>${areas.map(({ name, anchor, rows }) => {
    const worst =
      (['broken', 'not run'] as const).find((verdict) => countVerdict(rows, verdict) > 0) ?? 'holds'
    return markup`<details id="${anchor}"${worst === 'broken' ? markup` open` : ''}>
<summary class="${className(worst)}"><span class="sign" aria-hidden="true">${signs[worst]}</span>
<h3>${name}</h3> <small>${tally(rows)}</small></summary>
<table>
<thead><tr><th scope="col">State</th><th scope="col">Claim</th><th scope="col">Items</th><th scope="col" class="number">Time</th></tr></thead>
<tbody>${rows.map(claimRow)}</tbody>
</table>
</details>`
  })}</div>
</section>`
