import { resolve } from 'node:path'
import { archiveName, versionsAmong } from '../charts.ts'
import { cleanCommand, type Config } from '../../config/config.ts'
import type { Tools } from '../tools.ts'
import { dockerProblems } from './docker.ts'
import { describeProblems, errorsFirst, isError, type Problem } from './problems.ts'
import { chartCollisions } from './overlay.ts'
import { collectFacts, type Facts } from './machine.ts'
import type { PortUse } from './ports.ts'
import { describeRemains, findRemains, removeCluster } from '../remove.ts'
import { interruption } from '../../lib/run.ts'
import { stackOf } from '../../config/stacks.ts'
import { lockProblem } from '../runLock.ts'

const nodesOf = ({ containers }: Facts, cluster: string) =>
  containers.filter((container) => container.cluster === cluster)

/** How to delete a cluster. */
const removal = ({ clusters }: Facts, cluster: string) =>
  clusters.some(({ name }) => name === cluster)
    ? cleanCommand(cluster)
    : `kind delete cluster --name ${cluster}, if nobody needs it (this checkout did not create it)`

const isCutOff = ({ clusters }: Facts, { cluster }: Config) =>
  clusters.some(({ name, kept }) => name === cluster && !kept)

const clusterProblems = (facts: Facts, config: Config): readonly Problem[] => {
  const { cluster, keep } = config
  const nodes = nodesOf(facts, cluster)
  const down = nodes.filter(({ state }) => state !== 'running')
  const seen = nodes.map(({ name, state }) => `${name} (${state})`).join(', ')
  if (isCutOff(facts, config)) {
    return [
      {
        severity: 'warning',
        what: `an interrupted run left parts of cluster ${cluster} behind; the next run removes them`,
        seen: seen || 'files, but no containers',
        needed: 'nothing',
        remedy: removal(facts, cluster),
      },
    ]
  }
  if (nodes.length === 0 || (keep && down.length === 0)) return []
  return [
    keep
      ? {
          severity: 'error',
          what: `cluster ${cluster} cannot be reused`,
          seen,
          needed: 'every node running',
          remedy: `docker start ${down.map(({ name }) => name).join(' ')}, or ${removal(facts, cluster)}`,
        }
      : {
          severity: 'error',
          what: `cluster ${cluster} already exists`,
          seen,
          needed: 'no cluster with that name, or E2E_KEEP=1 to reuse it',
          remedy: removal(facts, cluster),
        },
  ]
}

const portHolder = ({ port, processes }: PortUse, facts: Facts): [string, string] => {
  const { containers, platform } = facts
  const container = containers.find(({ hostPorts }) => hostPorts.includes(port))
  if (container?.cluster)
    return [`a node of the kind cluster ${container.cluster}`, removal(facts, container.cluster)]
  if (container) return [`container ${container.name}`, `docker stop ${container.name}`]
  const names = processes.map(({ name, pid }) => `${name} (process ${pid})`).join(', ')
  // A Docker process holds the port for a container, so stop the container instead.
  if (names.includes('docker'))
    return [names, `docker ps --filter publish=${port}, then docker stop <container>`]
  if (names) return [names, `kill ${processes.map(({ pid }) => pid).join(' ')}`]
  const lookUp = platform === 'darwin' ? `lsof -nP -iTCP:${port} -sTCP:LISTEN` : `ss -ltnp 'sport = :${port}'`
  return ["another user's process", `find it with: sudo ${lookUp}`]
}

const portProblems = (facts: Facts, { cluster }: Config): readonly Problem[] => {
  const own = nodesOf(facts, cluster)
  return facts.ports
    .filter(({ port, taken }) => taken && !own.some(({ hostPorts }) => hostPorts.includes(port)))
    .map((use) => {
      const [holder, remedy] = portHolder(use, facts)
      return {
        severity: 'error',
        what: `host port ${use.port} is taken`,
        seen: `held by ${holder}`,
        needed: `127.0.0.1:${use.port} free for ${use.owner}`,
        remedy,
      }
    })
}

const mirrorProblems = ({ mirror, containers }: Facts, { registryMirror }: Config): readonly Problem[] => {
  if (!registryMirror) return []
  const { hostname } = new URL(registryMirror)
  const withoutIt = 'unset E2E_REGISTRY_MIRROR'
  if (/^(localhost|127\..*|\[::1\]|0\.0\.0\.0)$/.test(hostname)) {
    return [
      {
        severity: 'error',
        what: 'the nodes cannot reach the registry mirror',
        seen: `${registryMirror}, which inside a node is the node itself`,
        needed: 'a URL that the nodes can reach',
        remedy: `docker network connect kind <container>, then E2E_REGISTRY_MIRROR=http://<container>:<its own port>; or ${withoutIt}`,
      },
    ]
  }
  // Docker's DNS resolves the names of containers on the kind network for the nodes, but not for this machine.
  const beside = containers.some(
    ({ name, state, networks }) => name === hostname && state === 'running' && networks.includes('kind'),
  )
  if (beside || mirror === 'HTTP 200') return []
  return [
    {
      severity: 'warning',
      what: 'the registry mirror does not answer this machine; the nodes may still reach it',
      seen: `${registryMirror}/v2/: ${mirror}`,
      needed: 'a registry that answers the nodes with HTTP 200',
      remedy: `curl -i ${registryMirror}/v2/; if it is a container: docker network connect kind ${hostname}; or ${withoutIt}`,
    },
  ]
}

const chartProblems = (
  { charts }: Facts,
  { chartFolder, bundle, stacks: selected, releases }: Config,
): readonly Problem[] => {
  // setup/bundle/open.ts verifies what a bundle has.
  if (!chartFolder || bundle !== undefined || charts === undefined) return []
  const folder = resolve(chartFolder)
  if (typeof charts === 'string') {
    return [
      {
        severity: 'error',
        what: 'the chart folder cannot be read',
        seen: `${folder}: ${charts}`,
        needed: 'a folder with <chart>-<version>.tgz files',
        remedy: 'unset E2E_CHARTS, or point it at such a folder',
      },
    ]
  }
  return selected
    .flatMap((name) => stackOf(name, releases).chart ?? [])
    .filter((chart) => !charts.includes(archiveName(chart)))
    .map((chart) => {
      const { name, repository, version } = chart
      const versions = versionsAmong(charts, name)
      return {
        severity: 'error',
        what: `chart ${name} ${version} is not in the chart folder`,
        seen:
          versions.length > 0
            ? `${name} ${versions.toSorted().join(', ')} in ${folder}`
            : `no ${name} in ${folder}`,
        needed: `${folder}/${archiveName(chart)}`,
        remedy: `helm pull ${name} --repo ${repository} --version ${version} --destination ${folder}, or unset E2E_CHARTS`,
      }
    })
}

/** All problems, errors first. While another run is active, only that: it may be the cause of the others. */
export const findProblems = (facts: Facts, config: Config): readonly Problem[] => {
  if (facts.holder !== undefined) return [lockProblem(facts.holder)]
  return errorsFirst([
    ...dockerProblems(facts, config),
    ...clusterProblems(facts, config),
    ...portProblems(facts, config),
    ...mirrorProblems(facts, config),
    ...chartProblems(facts, config),
  ])
}

/** Removes what an interrupted run left behind, then collects the facts. The run lock proves that no run is alive. */
const factsWithoutRemains = async (config: Config, print: (line: string) => void): Promise<Facts> => {
  const facts = await collectFacts(config)
  if (!isCutOff(facts, config) || 'trouble' in facts.docker) return facts
  const remains = await findRemains(config.cluster, config.limits)
  print(`removing what an interrupted run left behind: ${describeRemains(remains)}`)
  await removeCluster(config.cluster, config.limits)
  return collectFacts(config)
}

/** Prints the problems. If one of them is an error, ends the process with exit code 2. */
export const preflightOrExit = async (
  config: Config,
  tools: Tools,
  print: (line: string) => void,
): Promise<void> => {
  const [facts, collisions] = await Promise.all([
    factsWithoutRemains(config, print),
    chartCollisions(config, tools),
  ])
  const problems = errorsFirst([...findProblems(facts, config), ...collisions])
  // The facts are incomplete then, and the clean-up ends the process.
  if (interruption.signal.aborted) throw new Error('interrupted')
  if (problems.length === 0) return
  print(describeProblems(problems))
  if (!problems.some(isError)) return
  print('nothing was created; `npm run doctor` checks again')
  process.exit(2)
}
