import { chartFrame, chartRow, percent, rectangle, type Row } from '../../report/page/chart.ts'
import { markup, type Markup } from '../../report/page/markup.ts'
import { countOf } from '../../lib/messages.ts'
import type { EndpointOutages, HelmRun, Traffic } from '../result.ts'
import { byOutage, inSeconds } from './answer.ts'

type Bar = Readonly<{ kind: 'helm' | 'within' | 'over'; from: number; to: number }>
/** They differ in height as well as in colour. */
const shapes = {
  helm: { meaning: 'helm upgrade, until its workloads are ready', y: 4, height: 6 },
  within: { meaning: 'outage, all within what is allowed', y: 2, height: 10 },
  over: { meaning: 'outage, all together longer than allowed', y: 0, height: 14 },
} as const

const bar = (end: number, { kind, from, to }: Bar): Markup =>
  rectangle({ kind, ...shapes[kind], x: percent(from, end), width: percent(to - from, end) })

const helmRow = ({ stack, begin, seconds, error }: HelmRun, end: number): Row => ({
  name: error === undefined ? stack : `✗ ${stack}`,
  kind: error === undefined ? '' : 'bad',
  bar: [bar(end, { kind: 'helm', from: begin, to: begin + seconds })],
  took: inSeconds(seconds),
  note: error?.split('\n', 1)[0] ?? '',
})

const isOver = ({ seconds, budget }: EndpointOutages) => seconds > budget
const outageKind = (endpoint: EndpointOutages) => (isOver(endpoint) ? 'over' : 'within')

const endpointRow = (traffic: EndpointOutages, end: number): Row => {
  const { endpoint, outages, seconds, budget } = traffic
  return {
    name: isOver(traffic) ? `✗ ${endpoint}` : endpoint,
    kind: isOver(traffic) ? 'bad' : '',
    bar: outages.map(({ from, to }) => bar(end, { kind: outageKind(traffic), from, to })),
    took: `${inSeconds(seconds)} of ${inSeconds(budget)}`,
    note: outages
      .map(({ from, to, seen }) => `${inSeconds(to - from)} from second ${Math.round(from)} on: ${seen}`)
      .join('; '),
  }
}

const legend = ({ helm, endpoints }: Traffic): Markup => {
  const away = endpoints.filter(({ outages }) => outages.length > 0)
  const kinds = new Set<Bar['kind']>([...helm.map(() => 'helm' as const), ...away.map(outageKind)])
  return markup`<ul class="legend">${[...kinds].map(
    (kind) =>
      markup`<li><svg class="key" aria-hidden="true">${rectangle({ kind, ...shapes[kind], x: '0', width: '100%' })}</svg> ${shapes[kind].meaning}</li>`,
  )}</ul>`
}

/** The upgrades and the outages of each endpoint, as bars over the seconds of the traffic. */
export const trafficChart = (traffic: Traffic): Markup => {
  const { helm } = traffic
  const endpoints = byOutage(traffic)
  const end = Math.max(traffic.seconds, 1)
  const label = `Bars over ${Math.round(end)} seconds for ${countOf(helm.length, 'helm upgrade')} and the outages of ${countOf(endpoints.length, 'endpoint')}; their numbers follow`
  return markup`${legend(traffic)}
${chartFrame({ end, label, axis: 'seconds since the upgrade began', className: ' traffic' }, [
  markup`<p class="group">helm upgrade</p>`,
  helm.map((run) => chartRow(helmRow(run, end))),
  markup`<p class="group">Outages</p>`,
  endpoints.map((one) => chartRow(endpointRow(one, end))),
])}`
}
