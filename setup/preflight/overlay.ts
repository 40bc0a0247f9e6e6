import type { Config } from '../../config/config.ts'
import { overlayName } from '../../config/overlayFolder.ts'
import {
  describeObject,
  identityOf,
  readManifests,
  type ManifestObject,
} from '../../config/overlayManifests.ts'
import { stackOf } from '../../config/stacks.ts'
import { isChartStack, renderChart } from '../helm.ts'
import type { Tools } from '../tools.ts'
import type { Problem } from './problems.ts'

/** The objects in what helm renders, read line by line: parsing the megabytes of a chart with dashboards takes seconds. */
export const renderedObjects = (rendered: string): readonly ManifestObject[] =>
  rendered.split(/^---.*$/m).flatMap((document) => {
    const field = (text: string, pattern: string) =>
      new RegExp(`^${pattern}: *["']?([^"'\\n]+?)["']?$`, 'm').exec(text)?.[1]
    const [metadata = ''] = /^metadata:\n(?:(?: .*)?\n)+/m.exec(document) ?? []
    const [apiVersion, kind, name] = [
      field(document, 'apiVersion'),
      field(document, 'kind'),
      field(metadata, '  name'),
    ]
    if (apiVersion === undefined || kind === undefined || name === undefined) return []
    const own = field(metadata, '  namespace')
    return [{ apiVersion, kind, metadata: { name, ...(own !== undefined && { namespace: own }) } }]
  })

/** Objects that both the overlay and a chart define. If a chart cannot be rendered, its installation reports that. */
export const chartCollisions = async (config: Config, tools: Tools): Promise<readonly Problem[]> => {
  const { overlay, stacks, releases } = config
  if (overlay === undefined || overlay.manifests.length === 0) return []
  const charts = stacks.map((name) => stackOf(name, releases)).filter(isChartStack)
  const rendered = await Promise.all(
    charts.map(async (stack) => {
      const text = await renderChart(config, tools, stack).catch(() => '')
      return renderedObjects(text).map((one) => [identityOf(one, stack.namespace), stack.chart.name] as const)
    }),
  )
  const ofCharts = new Map(rendered.flat())
  return readManifests(overlay).objects.flatMap(({ object, at }): readonly Problem[] => {
    const chart = ofCharts.get(identityOf(object))
    if (chart === undefined) return []
    return [
      {
        severity: 'error',
        what: `an object of overlay ${overlayName(overlay)} belongs to a chart`,
        seen: `${at}: ${describeObject(object)}, which chart ${chart} creates`,
        needed: 'each object defined in only one place',
        remedy: 'give it another name, or change the object of the chart through values/ of the overlay',
      },
    ]
  })
}
