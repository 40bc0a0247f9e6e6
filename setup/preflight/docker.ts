import type { Config } from '../../config/config.ts'
import type { Problem } from './problems.ts'
import type { DockerHost, DockerTrouble, Facts } from './machine.ts'

const GiB = 2 ** 30
// Rounded down, so that an amount just below the minimum does not look sufficient.
const inGiB = (bytes: number) => `${(Math.floor((bytes / GiB) * 10) / 10).toFixed(1)} GiB`

const troubleFinding = ({ trouble, said }: DockerTrouble, mac: boolean): Problem => {
  const start = mac ? 'open -a Docker, or with Colima: colima start' : 'sudo systemctl start docker'
  const words = {
    'not installed': {
      what: 'Docker is not installed',
      remedy: mac ? 'brew install --cask docker-desktop' : 'curl -fsSL https://get.docker.com | sh',
    },
    'not running': {
      what: 'the Docker daemon is not running',
      // The default is a socket on this machine, so any other address was set explicitly.
      remedy: /(tcp|ssh):\/\//.test(said) ? 'unset DOCKER_HOST, or start Docker there' : start,
    },
    'no permission': {
      what: 'this user is not allowed to use Docker',
      remedy: mac
        ? 'docker context ls, then docker context use <yours>'
        : 'sudo usermod -aG docker "$USER" && newgrp docker',
    },
    'no answer': {
      what: 'Docker does not answer',
      remedy: 'run `docker info` by hand, then restart Docker',
    },
  }
  const { what, remedy } = words[trouble]
  return {
    ...{ severity: 'error', what, seen: said, needed: 'a daemon that answers `docker info`' },
    remedy: `${remedy}; until then, \`npm run demo -- dashboard-wrapped\` shows the claims on a recording`,
  }
}

type Amount = Readonly<{
  severity: Problem['severity']
  name: string
  seen: number | undefined
  needed: number
  show: (amount: number) => string
  remedy: string
}>

const amounts = (
  { memory, freeDisk, folder, sysctls }: DockerHost,
  mac: boolean,
  config: Config,
): readonly Amount[] => [
  {
    severity: 'error',
    name: 'memory available to Docker',
    seen: memory,
    needed: 8 * GiB,
    show: inGiB,
    remedy: mac
      ? 'Docker Desktop: Settings > Resources > Memory; Colima: colima stop && colima start --memory 10'
      : 'run on a machine with more memory',
  },
  {
    severity: 'error',
    name: `free disk in ${folder}`,
    seen: freeDisk,
    needed: 20 * GiB,
    show: inGiB,
    remedy: 'docker system prune --all (deletes everything that no running container uses)',
  },
  {
    // systemd, containerd and the kubelet of every node use some, all as the same user. Running out of them shows as
    // "too many open files".
    severity: 'error',
    name: 'fs.inotify.max_user_instances',
    seen: sysctls['fs.inotify.max_user_instances'],
    needed: 512,
    show: String,
    remedy: 'sudo sysctl -w fs.inotify.max_user_instances=512',
  },
  ...(config.stacks.includes('opensearch')
    ? [
        {
          // Only a warning: an init container of the OpenSearch chart raises it for the whole machine.
          severity: 'warning' as const,
          name: 'vm.max_map_count',
          seen: sysctls['vm.max_map_count'],
          needed: 262144,
          show: String,
          remedy: 'sudo sysctl -w vm.max_map_count=262144',
        },
      ]
    : []),
]

const amountProblems = (docker: DockerHost, mac: boolean, config: Config): readonly Problem[] => {
  const all = amounts(docker, mac, config)
  const low = all.flatMap(({ severity, name, seen, needed, show, remedy }): Problem[] =>
    seen === undefined || seen >= needed
      ? []
      : [
          {
            severity,
            what: `${name} is too low`,
            seen: show(seen),
            needed: `${show(needed)} or more`,
            remedy,
          },
        ],
  )
  const unseen = all.filter(({ seen }) => seen === undefined)
  if (unseen.length === 0) return low
  // A check that was skipped must not look like one that passed.
  const unchecked: Problem = {
    severity: 'warning',
    what: `not checked: ${unseen.map(({ name }) => name).join(', ')}`,
    seen: `Docker runs on ${docker.operatingSystem}, in a virtual machine or on another host that cannot be inspected from here`,
    needed: unseen.map(({ name, needed, show }) => `${name} ${show(needed)} or more`).join(', '),
    remedy:
      "check by hand: docker run --rm busybox sh -c 'df -h / && sysctl fs.inotify.max_user_instances vm.max_map_count'",
  }
  return [...low, unchecked]
}

/** Since Kubernetes 1.35, the kubelet does not start on cgroup v1. */
const cgroupProblems = ({ cgroup }: DockerHost, nodeImage: string): readonly Problem[] => {
  const [, major, minor] = /:v(\d+)\.(\d+)/.exec(nodeImage)?.map(Number) ?? []
  if (cgroup !== 1 || (major === 1 && minor !== undefined && minor < 35)) return []
  const known = major !== undefined
  return [
    {
      severity: known ? 'error' : 'warning',
      what: known
        ? `Kubernetes ${major}.${minor} does not start on cgroup v1`
        : 'the node image may not start on cgroup v1',
      seen: `the Docker host uses cgroup v1, the node image is ${nodeImage}`,
      needed: 'cgroup v2, or a node image before Kubernetes 1.35',
      remedy: 'E2E_NODE_IMAGE=kindest/node:v1.34.11 npm test',
    },
  ]
}

/** Problems with Docker: its client, its daemon, and the machine it runs on. */
export const dockerProblems = (
  { docker, nodeImage, platform }: Facts,
  config: Config,
): readonly Problem[] => {
  const mac = platform === 'darwin'
  return 'trouble' in docker
    ? [troubleFinding(docker, mac)]
    : [...amountProblems(docker, mac, config), ...cgroupProblems(docker, nodeImage)]
}
