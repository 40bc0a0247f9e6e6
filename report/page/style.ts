/** The style sheet of all pages. Colour is for verdicts only. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #15181e; --soft: #565d69; --line: #dcdfe4; --tint: #f5f6f8;
  --good: #0b6b3f; --bad: #b3121d; --warn: #8a5300; --link: #0b55b5;
  --images: #1f4f9c; --start: #6d8fd0; --ready: #c47a00; --node: #848b97; --step: #4d5563;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  --side: clamp(1rem, 4vw, 3.5rem);
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #101216; --ink: #e7e9ed; --soft: #a0a7b3; --line: #2c3038; --tint: #181b21;
    --good: #55c58d; --bad: #ff7f78; --warn: #e9b04d; --link: #84b6ff;
    --images: #5c93e6; --start: #a9c4f5; --ready: #e2a33c; --node: #8b929e; --step: #9aa2af;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.5 -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 84rem; padding: 0 var(--side) 4rem; background: var(--paper); color: var(--ink); overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
h1, h2, h3, p, ul, dl, dd, pre { margin: 0; padding: 0; font: inherit; }
ul { list-style: none; }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; }
main:focus { outline: none; }
code, pre { font-family: var(--mono); }
small { font-size: .875rem; color: var(--soft); }
svg { display: block; }
.skip { position: absolute; left: var(--side); top: -4rem; padding: .5rem 1rem; background: var(--ink); color: var(--paper); }
.skip:focus { top: .5rem; }
.number { text-align: right; white-space: nowrap; }
.sign { display: inline-block; width: 1.1em; }
.broken > td:first-child, .broken > .sign { color: var(--bad); font-weight: 650; }
.holds > td:first-child, .holds > .sign { color: var(--good); }
.not-run > td:first-child, .not-run > .sign { color: var(--soft); }

header { padding: clamp(1.75rem, 5vw, 4rem) 0 clamp(1.25rem, 3vw, 2.25rem); color: var(--soft); }
.passed { --state: var(--good); } .failed { --state: var(--bad); }
.interrupted { --state: var(--warn); } .empty { --state: var(--soft); }
/* Steps and pods that an interruption cut off are not failures. */
.interrupted .legend, .interrupted .chart { --bad: var(--warn); }
h1 { margin: .75rem 0 1.25rem; color: var(--ink); font-size: clamp(2rem, 7vw, 4.25rem); line-height: 1.05; letter-spacing: -.03em; font-weight: 650; text-wrap: balance; }
h1 .state { display: flex; align-items: center; gap: .3em; color: var(--state); }
h1 svg { flex: none; width: .78em; height: .78em; fill: var(--state); }
h1 svg path, h1 svg .ring { fill: none; stroke: var(--paper); stroke-width: 3.5; stroke-linecap: round; }
h1 svg .solid { fill: var(--state); stroke: none; }
h1 svg .ring { stroke: var(--state); }

nav { border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); padding: 1rem 0; }
nav ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.75rem, 1fr)); gap: 1rem 1.5rem; align-items: end; }
nav a { display: block; color: inherit; font-size: .9375rem; text-decoration: none; line-height: 1.35; }
nav a:hover > span:first-child { text-decoration: underline; }
nav small { display: block; }
.marks { display: flex; gap: 3px; align-items: flex-end; height: 1.25rem; margin: .125rem 0; }
.marks i { width: 8px; border: solid var(--good); border-width: 0 0 8px; }
.marks .broken { border-color: var(--bad); border-bottom-width: 18px; }
.marks .not-run { height: 8px; border: 1.5px solid var(--node); }

section { padding: clamp(2rem, 4vw, 3rem) 0 0; }
h2 { font-size: 1.375rem; font-weight: 650; letter-spacing: -.015em; line-height: 1.25; margin-bottom: 1rem; }
h3 { font-size: 1rem; font-weight: 600; }
@media (min-width: 64rem) {
  section { display: grid; grid-template-columns: 10rem minmax(0, 1fr); gap: 0 2rem; }
}

article { border-top: 2px solid var(--bad); padding: .875rem 0 2rem; }
article:last-child { padding-bottom: 0; }
article h3 { font-size: 1.1875rem; line-height: 1.3; }
article h3 code { font-size: .8125rem; font-weight: 400; color: var(--soft); margin-left: .25rem; }
pre { white-space: normal; font-size: .8125rem; line-height: 1.55; background: var(--tint); padding: .75rem 1rem; margin: .75rem 0; }
pre span { display: block; white-space: pre-wrap; padding-left: calc(min(var(--indent), 12ch) + 2ch); text-indent: -2ch; }
.claims { font-size: .875rem; color: var(--soft); }
.claims:has(li:nth-child(6)) { columns: 24rem; column-gap: 2rem; }
.claims li { break-inside: avoid; padding-left: 1rem; text-indent: -1rem; }
.claims code { color: var(--ink); }
.evidence { font-size: .875rem; margin-top: .375rem; color: var(--soft); }

details { border-top: 1px solid var(--line); }
details:last-child { border-bottom: 1px solid var(--line); }
summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .625rem; padding: .5rem 0; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::after { content: ''; flex: none; align-self: center; width: .45rem; height: .45rem; margin: 0 .375rem 0 auto; border: solid var(--soft); border-width: 0 1.5px 1.5px 0; transform: rotate(45deg); }
details[open] > summary::after { transform: rotate(225deg); }
summary:hover h3 { text-decoration: underline; text-underline-offset: .15em; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; line-height: 1.4; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; font-weight: 400; border-top: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { border: 0; font-size: .8125rem; color: var(--soft); }
th.number { text-align: right; }
details > table { margin-bottom: 1rem; }
details > table td:first-child { white-space: nowrap; width: 6.25rem; }
details > table td:nth-child(3) { width: 4.5rem; }
details > table td:nth-child(4) { width: 5rem; }
tbody th code, .reason { display: block; font-size: .8125rem; color: var(--soft); }

dl { margin: .25rem 0 1.5rem; font-size: .875rem; }
dl div { display: grid; grid-template-columns: 10rem minmax(0, 1fr); gap: 0 1rem; break-inside: avoid; padding: .3rem 0; border-top: 1px solid var(--line); }
dt { color: var(--soft); }
dd { font: .8125rem/1.6 var(--mono); }
#versions + div > dl:first-of-type { columns: 26rem; column-gap: 2rem; }
#versions + div > dl:first-of-type > div { grid-template-columns: minmax(0, 1fr) minmax(0, 10rem); }
section dl:last-child { margin-bottom: 0; }

.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; font-size: .875rem; margin: .25rem 0 .75rem; }
.legend li { display: flex; align-items: center; gap: .5rem; }
.key { width: 1.5rem; height: 14px; }
.patterns { position: absolute; width: 0; height: 0; }
rect.node { fill: var(--node); } rect.images { fill: var(--images); } rect.start { fill: var(--start); }
rect.ready { fill: var(--ready); } rect.step { fill: var(--step); stroke: var(--step); }
rect.earlier-runs { fill: var(--paper); stroke: var(--bad); stroke-width: 1.5; }
rect.stuck { fill: url(#hatch); stroke: var(--bad); }
#hatch rect { fill: var(--paper); } #hatch path { stroke: var(--bad); stroke-width: 4; }
circle { fill: var(--ink); } h1 circle { fill: var(--state); }
.bar path { fill: var(--ink); }
.chart { font-size: .8125rem; line-height: 1.3; }
.row { display: grid; grid-template-columns: minmax(0, 21.5rem) minmax(0, 1fr) 4.5rem; gap: 0 1rem; align-items: center; padding: .15rem 0; }
.row.inner .name { padding-left: 1rem; color: var(--soft); }
.row.bad .name, .row.bad .took { color: var(--bad); font-weight: 600; }
.bar { width: 100%; height: 14px; overflow: visible; background: linear-gradient(to right, var(--line) 1px, transparent 1px) 0 0 / var(--tick) 100%; }
.took { text-align: right; white-space: nowrap; }
.note { grid-column: 2 / -1; color: var(--soft); display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.axis { position: sticky; top: 0; z-index: 1; background: var(--paper); color: var(--soft); border-bottom: 1px solid var(--line); }
.ticks { position: relative; height: 1.3em; }
.ticks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.ticks span:first-child { transform: none; }
.group { padding: .75rem 0 .25rem; font-weight: 600; }
#not-checked + div > ul:not(:last-child) { margin-bottom: 1rem; }
#timeline + div > p { font-size: .875rem; color: var(--soft); }
#timeline + div > .chart + p { margin-top: 1rem; }
.numbers { margin-top: 1.5rem; }
.wide { overflow-x: auto; margin-bottom: 1rem; }
.wide table { font-size: .8125rem; overflow-wrap: normal; }
.wide + .wide table { min-width: 60rem; }
.wide th.number { white-space: normal; }
caption { text-align: left; font-size: .8125rem; color: var(--soft); padding: .25rem 0; }

@media (max-width: 47.99rem) {
  .row { grid-template-columns: minmax(0, 1fr) auto; padding: .3rem 0; }
  pre { padding: .75rem; }
  pre span { padding-left: calc(min(var(--indent) / 2, 6ch) + 2ch); }
  nav ul { grid-template-columns: 1fr 1fr; gap: .75rem 1rem; }
  dl div { grid-template-columns: 7.5rem minmax(0, 1fr); }
  .bar, .ticks, .note { grid-column: 1 / -1; grid-row: auto; }
  .row .took { grid-row: 1; grid-column: 2; }
  .bar { margin-top: .15rem; }
  details > table td:first-child { width: 5.25rem; }
  details > table td:nth-child(3) { width: 3rem; }
  details > table td:nth-child(4) { width: 3.75rem; }
  th, td { padding-right: .5rem; }
}
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .skip, nav, summary::after { display: none; }
  .axis { position: static; }
  .wide { overflow: visible; }
  .wide + .wide table { min-width: 0; font-size: 6pt; }
  details::details-content { content-visibility: visible; block-size: auto; }
  article, tr, .row { break-inside: avoid; }
  h2, h3, summary { break-after: avoid; }
}
`
