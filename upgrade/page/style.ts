/** The style of the upgrade page, added to that of the test report. */
export const upgradeStyle = `
h1 .upgrade { display: block; font-size: max(.36em, 1.125rem); line-height: 1.4; letter-spacing: -.01em; font-weight: 500; }
h1 .state + .upgrade { margin-top: .6rem; }
nav b { display: block; color: var(--ink); font-size: 1.75rem; font-weight: 600; line-height: 1.2; letter-spacing: -.02em; }
nav .bad b { color: var(--bad); } nav .good b { color: var(--good); }
nav ul { grid-template-columns: repeat(4, minmax(0, 1fr)); align-items: start; row-gap: 1.25rem; }

article .severity { font-size: .8125rem; font-weight: 650; text-transform: uppercase; letter-spacing: .06em; margin-bottom: .125rem; }
.high .severity { color: var(--bad); } .medium .severity { color: var(--warn); } .low .severity { color: var(--soft); }
article.medium { border-color: var(--warn); } article.low { border-color: var(--soft); }
article .claims { margin: .5rem 0; } .claims li::before { content: '– '; }
.remedy { margin-top: .625rem; padding: .625rem 1rem; background: var(--tint); font-size: .9375rem; white-space: pre-line; }
.remedy b { font-weight: 650; }
.remedy code, article h3 code:not(.id) { color: inherit; margin: 0; }

.sheet { overflow-x: auto; margin: 1rem 0 1.75rem; }
.sheet:first-child { margin-top: 0; } .sheet:last-child { margin-bottom: 0; }
.sheet table { font-size: .875rem; overflow-wrap: break-word; }
.sheet th small { display: block; font-size: .8125rem; }
.sheet caption { font-size: 1rem; font-weight: 600; color: var(--ink); padding: 0 0 .25rem; }
details .sheet:last-child { margin-bottom: 1rem; }
details .sheet caption { font-size: .8125rem; font-weight: 400; color: var(--soft); }
.sheet .number { padding-left: .75rem; } .sheet .number:not(:last-child) { padding-right: 1.5rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 3rem; align-items: start; }
.pair .sheet { margin: 0 0 1.75rem; }

rect.helm { fill: var(--step); } rect.within { fill: var(--ready); } rect.over { fill: var(--bad); }
.traffic { margin-bottom: 1.75rem; }
@media (min-width: 48rem) { .traffic .row { grid-template-columns: minmax(0, 13rem) minmax(0, 1fr) 7.5rem; } }
@media (max-width: 47.99rem) {
  nav ul { grid-template-columns: 1fr 1fr; }
  .wider table { min-width: 40rem; }
  .pair .wider table { min-width: 0; }
}
@media print { .sheet { overflow: visible; } .wider table { min-width: 0; } }
`
