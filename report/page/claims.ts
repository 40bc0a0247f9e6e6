import { countOf } from '../../lib/messages.ts'
import { brokenByText, signs } from '../checklist.ts'
import type { ClaimOutcome } from '../../specs/support/claim.ts'
import type { RunResult } from '../result.ts'
import { markup, verbatim, type Markup } from './markup.ts'
import { evidenceLink } from './verdict.ts'

type Area = Readonly<{ name: string; anchor: string; rows: readonly ClaimOutcome[] }>

export const areasOf = (outcomes: readonly ClaimOutcome[]): readonly Area[] =>
  Object.entries(Object.groupBy(outcomes, ({ claim }) => claim.area)).map(([name, rows = []], index) => ({
    name,
    anchor: `area-${index + 1}`,
    rows,
  }))

const className = (verdict: ClaimOutcome['verdict']) => verdict.replace(' ', '-')

/** `7 hold`, `7 not run`, or how many of them do not hold: `1 broken of 7`. */
const tally = (rows: readonly ClaimOutcome[]): string => {
  const counts = (['broken', 'not run'] as const)
    .map((verdict) => [rows.filter((row) => row.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
  if (counts.length === 0) return `${rows.length} hold`
  const others = counts.map(([count, verdict]) => `${count} ${verdict}`).join(', ')
  return rows.some(({ verdict }) => verdict === 'holds') ? `${others} of ${rows.length}` : others
}

/** All areas at a glance, a mark for each claim; each leads to its part of the checklist. */
export const overview = (areas: readonly Area[]): Markup =>
  markup`<nav aria-label="Areas"><ul>${areas.map(
    ({ name, anchor, rows }) =>
      markup`<li><a href="#${anchor}"><span>${name}</span>
<span class="marks" aria-hidden="true">${rows.map(({ verdict }) => markup`<i class="${className(verdict)}"></i>`)}</span>
<small>${tally(rows)}</small></a></li>`,
  )}</ul></nav>`

type Broken = ReturnType<typeof brokenByText>[number]

/** What one text broke: a claim, named in the heading, or several, listed below the text. */
const brokenGroup = ({ claims, text }: Broken, evidence: Markup | undefined): Markup => {
  const areas = new Set(claims.map(({ area }) => area))
  const [area, ...otherAreas] = [...areas]
  const [claim, ...otherClaims] = claims
  const subject = otherAreas.length === 0 ? `${area}: ` : ''
  const where = otherAreas.length === 0 ? '' : ` in ${countOf(areas.size, 'area')}`
  return otherClaims.length === 0
    ? markup`<article>
<h3>${subject}${claim?.sentence} <code>${claim?.id}</code></h3>
${verbatim(text)}
${evidence}
</article>`
    : markup`<article>
<h3>${subject}${countOf(claims.length, 'claim')}${where}, broken by one thing</h3>
${verbatim(text)}
<ul class="claims">${claims.map(
        ({ id, area, sentence }) =>
          markup`<li><code>${id}</code> ${otherAreas.length === 0 ? '' : `${area}: `}${sentence}</li>`,
      )}</ul>
${evidence}
</article>`
}

/** Each text once, with the claims that it broke; then what went wrong outside of any claim. */
export const broken = (result: RunResult): Markup | undefined => {
  const groups = brokenByText(result.outcomes)
  if (groups.length + result.errors.length === 0) return undefined
  const evidence = evidenceLink(result)
  return markup`<section aria-labelledby="broken">
<h2 id="broken">Broken</h2>
<div>${groups.map((group) => brokenGroup(group, evidence))}${result.errors.map(
    (error) => markup`<article>
<h3>Outside of the claims</h3>
${verbatim(error)}
${evidence}
</article>`,
  )}</div>
</section>`
}

const claimRow = (outcome: ClaimOutcome): Markup => {
  const { claim, verdict } = outcome
  return markup`<tr class="${className(verdict)}">
<td><span class="sign" aria-hidden="true">${signs[verdict]}</span> ${verdict}</td>
<th scope="row">${claim.sentence} <code>${claim.id}</code>${
    verdict === 'not run' ? markup` <span class="reason">${outcome.reason}</span>` : ''
  }</th>
<td>${claim.items.join(', ') || '–'}</td>
<td class="number">${verdict === 'not run' ? '–' : `${outcome.seconds.toFixed(1)} s`}</td>
</tr>`
}

/** Every claim, by area; areas with a broken one are open. */
export const checklistByArea = (areas: readonly Area[]): Markup =>
  markup`<section aria-labelledby="checklist">
<h2 id="checklist">Checklist</h2>
<div>${areas.map(({ name, anchor, rows }) => {
    const has = (verdict: ClaimOutcome['verdict']) => rows.some((row) => row.verdict === verdict)
    const worst = has('broken') ? 'broken' : has('not run') ? 'not run' : 'holds'
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
