import { markup, verbatim, type Markup } from '../../report/page/markup.ts'
import type { Finding } from '../findings.ts'
import type { UpgradeResult } from '../result.ts'
import { findingsOf } from './answer.ts'
import { details, prose } from './parts.ts'
import { verdictTitles } from './tables.ts'

const consequenceList = ({ consequences }: Finding): Markup | undefined =>
  consequences.length === 0
    ? undefined
    : markup`<ul class="claims">${consequences.map((text) => markup`<li>${prose(text)}</li>`)}</ul>`

/** Each new regression: what a user will notice, what else is so because of it, and what to do. */
export const regressions = (result: UpgradeResult): readonly Markup[] =>
  findingsOf(result, 'new').map((finding) => {
    const { id, severity, sentence, remedy } = finding
    // Behind the sentence may stand what a command said.
    const [first = '', ...lines] = sentence.split('\n')
    return markup`<article class="${severity}">
<p class="severity">${severity}</p>
<h3>${prose(first)} <code class="id">${id}</code></h3>
${lines.length === 0 ? undefined : verbatim(lines.join('\n'))}
${consequenceList(finding)}
<p class="remedy"><b>Remedy:</b> ${prose(remedy.trimEnd())}</p>
</article>`
  })

const difference = (finding: Finding): Markup =>
  markup`<li>${prose(finding.sentence)} <code class="id">${finding.id}</code>
${finding.reason === undefined ? undefined : markup`<p>Accepted: ${prose(finding.reason)}</p>`}
${consequenceList(finding)}
${finding.remedy === '' ? undefined : markup`<p>Remedy: ${prose(finding.remedy)}</p>`}</li>`

/** Everything that is not a new regression, by verdict. */
export const otherDifferences = (result: UpgradeResult): readonly Markup[] =>
  (['expected', 'fixed', 'pre-existing', 'change'] as const).flatMap((verdict) => {
    const findings = findingsOf(result, verdict)
    return findings.length === 0
      ? []
      : details(
          verdictTitles[verdict],
          String(findings.length),
          [markup`<ul class="differences">${findings.map(difference)}</ul>`],
          verdict,
        )
  })
