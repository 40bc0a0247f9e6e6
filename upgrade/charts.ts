import type { Kubernetes } from '../clients/kubernetes.ts'
import { findChart } from '../setup/charts.ts'
import type { Config } from '../config/config.ts'
import { stackNames, stackOf, type Releases, type Stack } from '../config/stacks.ts'
import type { Tools } from '../setup/tools.ts'
import { compareCrds, showCrds } from './crds.ts'
import {
  compareManifests,
  renderManifests,
  type CrdChange,
  type ManifestChange,
  type RenderedChange,
} from './manifests.ts'

/** How the new charts differ from the old ones. */
export type ChartChanges = Readonly<{
  manifests: readonly ManifestChange[]
  rendered: readonly RenderedChange[]
  /** Charts whose old or new version helm could not render. */
  unrendered: readonly string[]
  definitions: readonly CrdChange[]
  /** The CustomResourceDefinitions of the new charts, as YAML. */
  crds: readonly string[]
}>

type Comparison = Readonly<{
  config: Config
  tools: Tools
  kubernetes: Kubernetes
  from: Releases
  to: Releases
  applyCrds: boolean
}>

/** Compares what the old and the new charts render with their values. */
export const compareCharts = async (comparison: Comparison): Promise<ChartChanges> => {
  const { config, tools, kubernetes, from, to, applyCrds } = comparison
  const version = await kubernetes.version()
  const render = async ({ chart, values, ...stack }: Stack) => {
    if (!chart || values === undefined) return { manifests: '', crds: '' }
    const archive = await findChart(config, tools, chart)
    const [manifests, crds] = await Promise.all([
      // If the new chart refuses its values, the upgrade reports it.
      renderManifests(config, tools, stack, archive, values, version).catch(() => undefined),
      showCrds(config, tools, archive),
    ])
    return { manifests, crds }
  }
  const changes = await Promise.all(
    stackNames
      .filter((name) => name in to)
      .map(async (name): Promise<ChartChanges> => {
        const [old, next] = await Promise.all([render(stackOf(name, from)), render(stackOf(name, to))])
        const chart = stackOf(name).chart?.name ?? name
        const compared =
          old.manifests !== undefined && next.manifests !== undefined
            ? compareManifests(old.manifests, next.manifests)
            : undefined
        return {
          ...(compared ?? { manifests: [], rendered: [] }),
          unrendered: compared ? [] : [chart],
          definitions: compareCrds(chart, old.crds, next.crds, applyCrds),
          crds: [next.crds],
        }
      }),
  )
  return {
    manifests: changes.flatMap(({ manifests }) => manifests),
    rendered: changes.flatMap(({ rendered }) => rendered),
    unrendered: changes.flatMap(({ unrendered }) => unrendered),
    definitions: changes.flatMap(({ definitions }) => definitions),
    crds: changes.flatMap(({ crds }) => crds),
  }
}
