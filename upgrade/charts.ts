import type { Kubernetes } from '../clients/kubernetes.ts'
import { findChart } from '../setup/charts.ts'
import type { Config } from '../config/config.ts'
import { stackOf, stacks, type Releases, type Stack } from '../config/stacks.ts'
import type { Tools } from '../setup/tools.ts'
import { compareCrds, showCrds } from './crds.ts'
import { compareManifests, renderManifests, type CrdChange, type ManifestChange } from './manifests.ts'

/** What the new charts bring otherwise than the old ones, before anything is installed. */
export type ChartChanges = Readonly<{
  manifests: readonly ManifestChange[]
  definitions: readonly CrdChange[]
  /** The new charts' CustomResourceDefinitions as YAML, as far as helm will not apply them by itself. */
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

/** Compares the old and the new chart of every stack that upgrades, as they render with their values. */
export const compareCharts = async ({
  config,
  tools,
  kubernetes,
  from,
  to,
  applyCrds,
}: Comparison): Promise<ChartChanges> => {
  const version = await kubernetes.version()
  const render = async ({ chart, values, ...stack }: Stack) => {
    if (!chart || values === undefined) return { manifests: '', crds: '' }
    const archive = await findChart(config, tools, chart)
    const [manifests, crds] = await Promise.all([
      // Where the new chart refuses its values, the upgrade says so.
      renderManifests(config, tools, stack, archive, values, version).catch(() => undefined),
      showCrds(config, tools, archive),
    ])
    return { manifests, crds }
  }
  const moving = stacks.filter(({ name }) => name in to)
  const changes = await Promise.all(
    moving.map(async ({ name, chart }) => {
      const [old, next] = await Promise.all([
        render(stackOf(name as keyof Releases, from)),
        render(stackOf(name as keyof Releases, to)),
      ])
      return {
        manifests:
          old.manifests === undefined || next.manifests === undefined
            ? []
            : compareManifests(old.manifests, next.manifests),
        definitions: compareCrds(chart?.name ?? name, old.crds, next.crds, applyCrds),
        crds: next.crds,
      }
    }),
  )
  return {
    manifests: changes.flatMap(({ manifests }) => manifests),
    definitions: changes.flatMap(({ definitions }) => definitions),
    crds: changes.map(({ crds }) => crds),
  }
}
