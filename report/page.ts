import { describeImages, describeSource } from './images.ts'
import { areasOf, broken, checklistByArea, overview } from './page/claims.ts'
import { pageFrame } from './page/frame.ts'
import { byReason, claimsNotRun, notCheckedTitle } from './notChecked.ts'
import { markup, type Markup } from './page/markup.ts'
import { table } from './page/table.ts'
import { timeline } from './page/timeline.ts'
import { stateOf, titleOf, verdict } from './page/verdict.ts'
import type { RunResult } from './result.ts'

const facts = (name: string, entries: readonly (readonly [string, string])[]): Markup =>
  markup`<h3>${name}</h3>
${
  entries.length === 0
    ? markup`<p>None could be read.</p>`
    : markup`<dl>${entries.map(([term, value]) => markup`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`
}`

const versionsAndSettings = ({ versions, settings }: RunResult): Markup =>
  markup`<section aria-labelledby="versions">
<h2 id="versions">Versions and settings</h2>
<div>
${facts('Versions', Object.entries(versions))}
${facts(
  'Settings',
  settings.split('\n').map((line) => {
    const [name = '', ...value] = line.split(':')
    return [name.trim(), value.join(':').trim()]
  }),
)}
</div>
</section>`

const notChecked = ({ outcomes }: RunResult): Markup | undefined => {
  const reasons = byReason(claimsNotRun(outcomes))
  return reasons.length === 0
    ? undefined
    : markup`<section aria-labelledby="not-checked">
<h2 id="not-checked">${notCheckedTitle}</h2>
<div>${reasons.map(
        ({ why, whats }) =>
          markup`<h3>${why}</h3><ul class="claims">${whats.map((what) => markup`<li>${what}</li>`)}</ul>`,
      )}</div>
</section>`
}

const imageSection = ({ images }: RunResult): Markup | undefined =>
  images.length === 0
    ? undefined
    : markup`<section aria-labelledby="images">
<h2 id="images">Images</h2>
<div>
<p>${describeImages(images)}</p>
<details class="numbers"><summary><h3>By image</h3></summary>
${table({
  caption: 'Images of the containers that were created in this run',
  numbers: 4,
  head: [
    'Image',
    'MB from outside',
    'Containers that pulled it',
    'Slowest pull, s',
    'Containers that found it',
    'From',
  ],
  rows: images.map((use) => [
    use.image,
    (use.bytes / 1e6).toFixed(1),
    String(use.pulled),
    use.pulled === 0 ? '–' : use.seconds.toFixed(1),
    String(use.kept),
    describeSource(use),
  ]),
})}
</details>
</div>
</section>`

/** The report of a run as one HTML page. */
export const reportPage = (result: RunResult): string => {
  const areas = areasOf(result.outcomes)
  return pageFrame({
    title: titleOf(result),
    className: stateOf(result),
    top: [verdict(result), overview(areas)],
    main: [
      broken(result),
      notChecked(result),
      checklistByArea(areas),
      imageSection(result),
      versionsAndSettings(result),
      timeline(result),
    ],
  })
}
