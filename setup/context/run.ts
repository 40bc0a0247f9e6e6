import { HttpError } from '../../clients/http.ts'
import { ContextError } from '../../clients/kubeContext.ts'
import type { Kubernetes } from '../../clients/kubernetes.ts'
import type { Components, ObjectName } from '../../config/components.ts'
import type { Config } from '../../config/config.ts'
import type { Servers } from '../../config/endpoints.ts'
import type { StackName } from '../../config/stacks.ts'
import type { StepTimings } from '../../lib/steps.ts'
import { containerPorts, discover, type Discovery } from './discovery.ts'
import { withContextOrExit } from './open.ts'
import { createPlant, removePlant } from './plant.ts'
import { missingFields, missingPattern, reachServers, type ContextPart } from './servers.ts'

/** What is known about a cluster that already runs, besides its components and servers. */
export type ContextFacts = Readonly<{
  name: string
  /** Whether log emitters and sample logs of ours are there. */
  planted: boolean
  /** The Service of each server, by its URL on this machine. */
  services: Readonly<Record<string, ObjectName>>
  /** Why a part that claims need is missing. */
  missing: Readonly<Partial<Record<ContextPart, string>>>
}>

export type ContextRun = Readonly<{
  kubeconfig: string
  kubernetes: Kubernetes
  stacks: readonly StackName[]
  components: Components
  servers: Servers
  context: ContextFacts
}>

// Called when the run ends, however it ends.
const closings: (() => Promise<void>)[] = []

/** Closes every connection to a cluster that already runs, and removes what was created there. */
export const closeContext = async (): Promise<void> => {
  // In reverse, because what was created is removed over the connection that was opened first.
  for (const close of closings.splice(0).reverse()) await close()
}

const isForbidden = (error: unknown): boolean => error instanceof HttpError && error.status === 403

const stacksOf = ({ prometheus, opensearch, dashboards }: Servers, { vector }: Components) => {
  const found: Readonly<Partial<Record<StackName, unknown>>> = {
    'kube-prometheus-stack': prometheus,
    opensearch,
    'opensearch-dashboards': dashboards,
    vector,
  }
  return (Object.keys(found) as StackName[]).filter((stack) => found[stack] !== undefined)
}

/** The components that the cluster lacks or that cannot be queried, each with its line of the discovery. */
const missingComponents = ({ components, backends, lines }: Discovery) =>
  Object.fromEntries(
    lines.flatMap(({ component, line }) =>
      !(component in components) || (component in containerPorts && !(component in backends))
        ? [[component, line]]
        : [],
    ),
  )

/**
 * Connects to the cluster of a context and finds everything that claims need there. Prints what it found; ends the process
 * with exit code 2 if the cluster cannot be used. `closeContext` closes the connections.
 */
export const openContextRun = (
  config: Config,
  runId: string,
  { timings, print }: Readonly<{ timings: StepTimings; print: (line: string) => void }>,
): Promise<ContextRun> =>
  withContextOrExit(config.context ?? '', config, async ({ name, kubeconfig, kubernetes }) => {
    try {
      const found = await timings.step('components', () => discover(kubernetes))
      for (const { line } of found.lines) print(`  ${line}`)
      if (Object.keys(found.components).length === 0)
        throw new ContextError(
          `the cluster of context ${name} has no component of the stack:\n${found.lines.map(({ line }) => `  ${line}`).join('\n')}\n` +
            '  remedy: set E2E_CONTEXT to the context of the cluster that has them',
        )
      const { servers, services, missing } = await timings.step('servers', () =>
        reachServers(kubernetes, config, found, (close) => closings.push(close)),
      )
      const noSecrets = await kubernetes.listMetadata('/api/v1/secrets?limit=1').then(
        () => undefined,
        (error: unknown) => {
          if (isForbidden(error)) return 'the account may not list Secrets'
          throw error
        },
      )
      const noFields =
        servers.opensearch && !missing.opensearch ? await missingFields(servers.opensearch) : undefined
      const noPattern =
        servers.dashboards && !missing.opensearch ? await missingPattern(servers.dashboards) : undefined
      if (config.plant) {
        closings.push(() => removePlant(kubernetes, config.limits.ready))
        await timings.step('planted', () => createPlant(kubernetes, runId, config.limits.install))
      }
      return {
        ...{ kubeconfig, kubernetes, servers, components: found.components },
        stacks: stacksOf(servers, found.components),
        context: {
          name,
          planted: config.plant,
          services,
          missing: {
            ...missingComponents(found),
            ...missing,
            ...(noSecrets === undefined ? {} : { secrets: noSecrets }),
            ...(noFields === undefined ? {} : { 'log fields': noFields }),
            ...(noPattern === undefined ? {} : { 'index pattern': noPattern }),
          },
        },
      }
    } catch (error) {
      await closeContext()
      throw error
    }
  })
