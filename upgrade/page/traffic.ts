import { countOf, firstLine } from '../../lib/messages.ts'
import { chartFrame, chartRow, percent, rectangle, type Row } from '../../report/page/chart.ts'
import { markup, type Markup } from '../../report/page/markup.ts'
import type { EndpointOutages, HelmRun, Traffic } from '../result.ts'
import { byOutage, describePeriod, inSeconds } from '../summary.ts'

type Kind = 'helm' | 'within' | 'over'
/** They differ in height as well as in colour. */
const shapes: Readonly<Record<Kind, Readonly<{ meaning: string; y: number; height: number }>>> = {
  helm: { meaning: 'helm upgrade, until its workloads are ready', y: 4, height: 6 },
  within: { meaning: 'outage, within its limit in total', y: 2, height: 10 },
  over: { meaning: 'outage, over its limit in total', y: 0, height: 14 },
}

const bar = (kind: Kind, from: number, to: number, end: number): Markup =>
  rectangle({ kind, ...shapes[kind], x: percent(from, end), width: percent(to - from, end) })

const helmRow = ({ stack, begin, seconds, error }: HelmRun, end: number): Row => ({
  name: error === undefined ? stack : `✗ ${stack}`,
  kind: error === undefined ? '' : 'bad',
  bar: [bar('helm', begin, begin + seconds, end)],
  took: inSeconds(seconds),
  note: error === undefined ? '' : firstLine(error),
})

const outageKind = ({ seconds, budget }: EndpointOutages): Kind => (seconds > budget ? 'over' : 'within')

const endpointRow = (one: EndpointOutages, end: number): Row => {
  const { endpoint, outages, seconds, budget } = one
  const kind = outageKind(one)
  return {
    name: kind === 'over' ? `✗ ${endpoint}` : endpoint,
    kind: kind === 'over' ? 'bad' : '',
    bar: outages.map(({ from, to }) => bar(kind, from, to, end)),
    took: `${inSeconds(seconds)} of ${inSeconds(budget)}`,
    note: outages.map(({ from, to, seen }) => `${describePeriod(from, to)} s: ${seen}`).join('; '),
  }
}

const legend = ({ helm, endpoints }: Traffic): Markup => {
  const interrupted = endpoints.filter(({ outages }) => outages.length > 0)
  const kinds = new Set<Kind>([...helm.map(() => 'helm' as const), ...interrupted.map(outageKind)])
  return markup`<ul class="legend">${[...kinds].map(
    (kind) =>
      markup`<li><svg class="key" aria-hidden="true">${rectangle({ kind, ...shapes[kind], x: '0', width: '100%' })}</svg> ${shapes[kind].meaning}</li>`,
  )}</ul>`
}

/** The helm upgrades and the outages of each endpoint, as bars over time. */
export const trafficChart = (traffic: Traffic): Markup => {
  const { helm } = traffic
  const endpoints = byOutage(traffic)
  const end = Math.max(traffic.seconds, 1)
  const label = `Bars over ${Math.round(end)} seconds for ${countOf(helm.length, 'helm upgrade')} and the outages of ${countOf(endpoints.length, 'endpoint')}; each row has its numbers`
  return markup`${legend(traffic)}
${chartFrame({ end, label, axis: 'seconds since the upgrade began', className: ' traffic' }, [
  markup`<p class="group">helm upgrade</p>`,
  helm.map((run) => chartRow(helmRow(run, end))),
  markup`<p class="group">Outages</p>`,
  endpoints.map((one) => chartRow(endpointRow(one, end))),
])}`
}
