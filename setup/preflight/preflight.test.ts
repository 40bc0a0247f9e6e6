import { expect, test } from 'vitest'
import { loadConfig } from '../../config/config.ts'
import { describeProblems } from './problems.ts'
import { parseContainers, parseTrouble, type Container, type DockerHost, type Facts } from './machine.ts'
import { findProblems } from './preflight.ts'
import { CommandError } from '../../lib/run.ts'

const host: DockerHost = {
  operatingSystem: 'Ubuntu 24.04.3 LTS',
  memory: 16 * 2 ** 30,
  cgroup: 2,
  folder: '/var/lib/docker',
  freeDisk: 50 * 2 ** 30,
  sysctls: { 'fs.inotify.max_user_instances': 512, 'vm.max_map_count': 262144 },
}
const good: Facts = {
  platform: 'linux',
  nodeImage: 'kindest/node:v1.36.4@sha256:099e',
  docker: host,
  containers: [],
  clusters: [],
  holder: undefined,
  ports: [{ port: 30090, owner: 'Prometheus', taken: false, processes: [] }],
  mirror: undefined,
  charts: undefined,
}
const node = (cluster: string, state = 'running'): Container => ({
  name: `${cluster}-control-plane`,
  state,
  cluster,
  networks: ['kind'],
  hostPorts: state === 'running' ? [30090] : [],
})
const taken = { port: 30090, owner: 'Prometheus', taken: true, processes: [] }

const problems = (facts: Partial<Facts>, environment: Record<string, string> = {}) =>
  `\n${describeProblems(findProblems({ ...good, ...facts }, loadConfig(environment)))}\n`

const trouble = (stderr: string, how = 'exited with code 1') =>
  parseTrouble(new CommandError(`docker info\n  ${how} after 0.1 s\n  | ${stderr}`, stderr))

test('nothing', () => {
  expect(problems({})).toMatchInlineSnapshot(`
    "
    no problems found
    "
  `)
})

test('Docker is not installed', () => {
  const docker = trouble('bash: line 1: docker: command not found', 'was not found on PATH')
  expect(problems({ docker }) + problems({ docker, platform: 'darwin' })).toMatchInlineSnapshot(`
    "
    error: Docker is not installed
        seen:   no \`docker\` on PATH
        needed: a daemon that answers \`docker info\`
        remedy: curl -fsSL https://get.docker.com | sh

    error: Docker is not installed
        seen:   no \`docker\` on PATH
        needed: a daemon that answers \`docker info\`
        remedy: brew install --cask docker-desktop
    "
  `)
})

test('the daemon does not run', () => {
  const docker = trouble(
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
  )
  expect(problems({ docker }) + problems({ docker, platform: 'darwin' })).toMatchInlineSnapshot(`
    "
    error: the Docker daemon does not run
        seen:   Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
        needed: a daemon that answers \`docker info\`
        remedy: sudo systemctl start docker

    error: the Docker daemon does not run
        seen:   Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
        needed: a daemon that answers \`docker info\`
        remedy: open -a Docker, or with Colima: colima start
    "
  `)
})

test('the daemon does not run, in the words of Docker 29', () => {
  const docker = trouble(
    'failed to connect to the docker API at tcp://10.0.0.7:2375; check if the path is correct and if the daemon is running: dial tcp 10.0.0.7:2375: connect: connection refused\n',
  )
  expect(problems({ docker })).toMatchInlineSnapshot(`
    "
    error: the Docker daemon does not run
        seen:   failed to connect to the docker API at tcp://10.0.0.7:2375; check if the path is correct and if the daemon is running: dial tcp 10.0.0.7:2375: connect: connection refused
        needed: a daemon that answers \`docker info\`
        remedy: unset DOCKER_HOST, or start Docker there
    "
  `)
})

test('no permission on the socket', () => {
  const docker = trouble(
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied\n',
  )
  expect(problems({ docker }) + problems({ docker, platform: 'darwin' })).toMatchInlineSnapshot(`
    "
    error: this user may not talk to Docker
        seen:   permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied
        needed: a daemon that answers \`docker info\`
        remedy: sudo usermod -aG docker "$USER" && newgrp docker

    error: this user may not talk to Docker
        seen:   permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied
        needed: a daemon that answers \`docker info\`
        remedy: docker context ls, then docker context use <yours>
    "
  `)
})

test('Docker does not answer', () => {
  const docker = parseTrouble(
    new CommandError('docker info\n  did not end within 30 s and was killed after 30.0 s', ''),
  )
  expect(problems({ docker })).toMatchInlineSnapshot(`
    "
    error: Docker does not answer
        seen:   docker info
                  did not end within 30 s and was killed after 30.0 s
        needed: a daemon that answers \`docker info\`
        remedy: docker info, to see it by hand; then restart Docker
    "
  `)
})

test('a machine that is too small', () => {
  const docker = {
    ...host,
    memory: 8 * 2 ** 30 - 1,
    freeDisk: 3.21 * 2 ** 30,
    sysctls: { 'fs.inotify.max_user_instances': 128, 'vm.max_map_count': 65530 },
  }
  expect(problems({ docker })).toMatchInlineSnapshot(`
    "
    error: memory that Docker has is too low
        seen:   7.9 GiB
        needed: 8.0 GiB or more
        remedy: run on a machine with more memory
    error: free disk in /var/lib/docker is too low
        seen:   3.2 GiB
        needed: 20.0 GiB or more
        remedy: docker system prune --all, which deletes what no running container uses
    error: fs.inotify.max_user_instances is too low
        seen:   128
        needed: 512 or more
        remedy: sudo sysctl -w fs.inotify.max_user_instances=512
    warning: vm.max_map_count is too low
        seen:   65530
        needed: 262144 or more
        remedy: sudo sysctl -w vm.max_map_count=262144
    "
  `)
})

test('vm.max_map_count matters to OpenSearch alone', () => {
  const docker = { ...host, sysctls: { ...host.sysctls, 'vm.max_map_count': 65530 } }
  expect(problems({ docker }, { E2E_STACKS: 'kube-prometheus-stack' })).toMatchInlineSnapshot(`
    "
    no problems found
    "
  `)
})

test('Docker in a virtual machine', () => {
  const docker = {
    ...host,
    operatingSystem: 'Docker Desktop',
    memory: 4 * 2 ** 30,
    freeDisk: undefined,
    sysctls: { 'fs.inotify.max_user_instances': undefined, 'vm.max_map_count': undefined },
  }
  expect(problems({ docker, platform: 'darwin' })).toMatchInlineSnapshot(`
    "
    error: memory that Docker has is too low
        seen:   4.0 GiB
        needed: 8.0 GiB or more
        remedy: Docker Desktop: Settings > Resources > Memory; Colima: colima stop && colima start --memory 10
    warning: not checked: free disk in /var/lib/docker, fs.inotify.max_user_instances, vm.max_map_count
        seen:   Docker runs on Docker Desktop, in a machine or container of its own that cannot be seen from here
        needed: free disk in /var/lib/docker 20.0 GiB or more, fs.inotify.max_user_instances 512 or more, vm.max_map_count 262144 or more
        remedy: docker run --rm busybox sh -c 'df -h / && sysctl fs.inotify.max_user_instances vm.max_map_count', to see it by hand
    "
  `)
})

test('cgroup v1', () => {
  const docker = { ...host, cgroup: 1 }
  expect(problems({ docker })).toMatchInlineSnapshot(`
    "
    error: Kubernetes 1.36 does not start on cgroup v1
        seen:   Docker's host has cgroup v1, the node image is kindest/node:v1.36.4@sha256:099e
        needed: cgroup v2, or a node image before Kubernetes 1.35
        remedy: E2E_NODE_IMAGE=kindest/node:v1.34.11 npm test
    "
  `)
  expect(problems({ docker, nodeImage: 'registry:5000/node@sha256:0f1e' })).toMatchInlineSnapshot(`
    "
    warning: the node image may not start on cgroup v1
        seen:   Docker's host has cgroup v1, the node image is registry:5000/node@sha256:0f1e
        needed: cgroup v2, or a node image before Kubernetes 1.35
        remedy: E2E_NODE_IMAGE=kindest/node:v1.34.11 npm test
    "
  `)
  expect(problems({ docker, nodeImage: 'kindest/node:v1.34.4' })).toMatchInlineSnapshot(`
    "
    no problems found
    "
  `)
})

const kept = (name: string) => ({ name, kept: true })

test('a cluster of that name', () => {
  const containers = [node('observability-e2e')]
  const facts = { containers, clusters: [kept('observability-e2e')], ports: [taken] }
  const mine = { containers: [node('mine')], clusters: [kept('mine')] }
  expect(problems(facts) + problems(mine, { E2E_CLUSTER: 'mine' })).toMatchInlineSnapshot(`
    "
    error: cluster observability-e2e is there already
        seen:   observability-e2e-control-plane (running)
        needed: no cluster of that name, or E2E_KEEP=1 to reuse it
        remedy: npm run clean

    error: cluster mine is there already
        seen:   mine-control-plane (running)
        needed: no cluster of that name, or E2E_KEEP=1 to reuse it
        remedy: E2E_CLUSTER=mine npm run clean
    "
  `)
  expect(problems(facts, { E2E_KEEP: '1' })).toMatchInlineSnapshot(`
    "
    no problems found
    "
  `)
})

test('a cluster of that name that somebody else made', () => {
  expect(problems({ containers: [node('observability-e2e')] })).toMatchInlineSnapshot(`
    "
    error: cluster observability-e2e is there already
        seen:   observability-e2e-control-plane (running)
        needed: no cluster of that name, or E2E_KEEP=1 to reuse it
        remedy: kind delete cluster --name observability-e2e, if nobody needs it: it was not made from here
    "
  `)
})

test('a cluster that stands, but not upright', () => {
  const facts = {
    containers: [node('observability-e2e', 'exited')],
    clusters: [kept('observability-e2e')],
  }
  expect(problems(facts, { E2E_KEEP: '1' })).toMatchInlineSnapshot(`
    "
    error: cluster observability-e2e cannot be reused
        seen:   observability-e2e-control-plane (exited)
        needed: every node running
        remedy: docker start observability-e2e-control-plane, or npm run clean
    "
  `)
})

test('what a run left that was cut off, whether the next one is to keep its cluster or not', () => {
  const clusters = [{ name: 'observability-e2e', kept: false }]
  const facts = { containers: [node('observability-e2e')], clusters, ports: [taken] }
  expect(problems(facts)).toBe(problems(facts, { E2E_KEEP: '1' }))
  expect(problems(facts) + problems({ clusters })).toMatchInlineSnapshot(`
    "
    warning: an interrupted run left parts of cluster observability-e2e behind; the next run removes them
        seen:   observability-e2e-control-plane (running)
        needed: nothing
        remedy: npm run clean

    warning: an interrupted run left parts of cluster observability-e2e behind; the next run removes them
        seen:   no container, but files
        needed: nothing
        remedy: npm run clean
    "
  `)
})

test('a run that is under way: nothing else counts, since it is the doing of that one', () => {
  const holder = { cluster: 'observability-e2e', process: 4711, since: '2026-11-23T08:00:00.000Z' }
  const facts = { ...good, holder, containers: [node('observability-e2e')], ports: [taken] }
  expect(findProblems(facts, loadConfig({})).map(({ what }) => what)).toEqual(['another run is under way'])
})

test('a port that is taken', () => {
  const web: Container = { ...node(''), name: 'web', networks: ['bridge'] }
  expect(problems({ ports: [taken], containers: [web] })).toMatchInlineSnapshot(`
    "
    error: host port 30090 is taken
        seen:   held by container web
        needed: 127.0.0.1:30090 free for Prometheus
        remedy: docker stop web
    "
  `)
  expect(problems({ ports: [taken], containers: [node('other')], clusters: [kept('other')] }))
    .toMatchInlineSnapshot(`
    "
    error: host port 30090 is taken
        seen:   held by a node of the kind cluster other
        needed: 127.0.0.1:30090 free for Prometheus
        remedy: E2E_CLUSTER=other npm run clean
    "
  `)
  const processes = [
    { pid: 4711, name: 'nginx' },
    { pid: 4712, name: 'nginx' },
  ]
  expect(problems({ ports: [{ ...taken, processes }] })).toMatchInlineSnapshot(`
    "
    error: host port 30090 is taken
        seen:   held by nginx (process 4711), nginx (process 4712)
        needed: 127.0.0.1:30090 free for Prometheus
        remedy: kill 4711 4712
    "
  `)
  expect(problems({ ports: [{ ...taken, processes: [{ pid: 815, name: 'docker-proxy' }] }] }))
    .toMatchInlineSnapshot(`
    "
    error: host port 30090 is taken
        seen:   held by docker-proxy (process 815)
        needed: 127.0.0.1:30090 free for Prometheus
        remedy: docker ps --filter publish=30090, then docker stop <that one>
    "
  `)
  expect(problems({ ports: [taken] }) + problems({ ports: [taken], platform: 'darwin' }))
    .toMatchInlineSnapshot(`
    "
    error: host port 30090 is taken
        seen:   held by a process of another user
        needed: 127.0.0.1:30090 free for Prometheus
        remedy: sudo ss -ltnp 'sport = :30090' shows it

    error: host port 30090 is taken
        seen:   held by a process of another user
        needed: 127.0.0.1:30090 free for Prometheus
        remedy: sudo lsof -nP -iTCP:30090 -sTCP:LISTEN shows it
    "
  `)
})

test('the registry mirror', () => {
  const environment = { E2E_REGISTRY_MIRROR: 'http://mirror:5000' }
  expect(problems({ mirror: 'HTTP 200' }, environment)).toMatchInlineSnapshot(`
    "
    no problems found
    "
  `)
  expect(problems({ mirror: 'getaddrinfo ENOTFOUND mirror' }, environment)).toMatchInlineSnapshot(`
    "
    warning: no registry is seen from here at the URL of the mirror; the nodes may reach it nevertheless
        seen:   http://mirror:5000/v2/: getaddrinfo ENOTFOUND mirror
        needed: a registry that answers the nodes with HTTP 200
        remedy: curl -i http://mirror:5000/v2/; where it is a container: docker network connect kind mirror; or unset E2E_REGISTRY_MIRROR
    "
  `)
  const containers = [{ ...node(''), name: 'mirror' }]
  expect(problems({ mirror: 'getaddrinfo ENOTFOUND mirror', containers }, environment))
    .toMatchInlineSnapshot(`
      "
      no problems found
      "
    `)
  expect(problems({ mirror: 'HTTP 200' }, { E2E_REGISTRY_MIRROR: 'http://localhost:5000' }))
    .toMatchInlineSnapshot(`
    "
    error: the nodes cannot reach the registry mirror
        seen:   http://localhost:5000, which for a node is the node itself
        needed: a URL as the nodes reach it
        remedy: docker network connect kind <container>, then E2E_REGISTRY_MIRROR=http://<container>:<its own port>; or unset E2E_REGISTRY_MIRROR
    "
  `)
})

test('the chart folder', () => {
  const environment = { E2E_CHARTS: '/charts', E2E_STACKS: 'opensearch,vector' }
  expect(problems({ charts: 'there is no such folder' }, environment)).toMatchInlineSnapshot(`
    "
    error: the chart folder cannot be read
        seen:   /charts: there is no such folder
        needed: a folder of <chart>-<version>.tgz
        remedy: unset E2E_CHARTS, or set it to such a folder
    "
  `)
  const charts = [
    'opensearch-3.5.0.tgz',
    'opensearch-3.8.0.tgz',
    'opensearch-dashboards-3.6.0.tgz',
    'README.md',
  ]
  expect(problems({ charts }, environment)).toMatchInlineSnapshot(`
    "
    error: chart opensearch 3.6.0 is not in the chart folder
        seen:   opensearch 3.5.0, 3.8.0 in /charts
        needed: /charts/opensearch-3.6.0.tgz
        remedy: helm pull opensearch --repo https://opensearch-project.github.io/helm-charts --version 3.6.0 --destination /charts, or unset E2E_CHARTS
    error: chart vector 0.57.0 is not in the chart folder
        seen:   no vector in /charts
        needed: /charts/vector-0.57.0.tgz
        remedy: helm pull vector --repo https://helm.vector.dev --version 0.57.0 --destination /charts, or unset E2E_CHARTS
    "
  `)
})

test('warnings come after errors', () => {
  const docker = { ...host, sysctls: { ...host.sysctls, 'vm.max_map_count': 65530 } }
  const found = findProblems({ ...good, docker, ports: [taken] }, loadConfig({}))
  expect(found.map(({ severity }) => severity)).toEqual(['error', 'warning'])
})

test('containers as `docker ps` prints them', () => {
  const printed = [
    'a-control-plane\trunning\ta\tkind\t127.0.0.1:30090->30090/tcp, 127.0.0.1:41043->6443/tcp',
    'web\trunning\t\tbridge,kind\t0.0.0.0:8000-8002->8000-8002/tcp, [::]:8000-8002->8000-8002/tcp, 9000/tcp',
    'a-worker\texited\ta\tkind\t',
  ]
  expect(parseContainers(`${printed.join('\n')}\n`)).toMatchInlineSnapshot(`
    [
      {
        "cluster": "a",
        "hostPorts": [
          30090,
          41043,
        ],
        "name": "a-control-plane",
        "networks": [
          "kind",
        ],
        "state": "running",
      },
      {
        "cluster": "",
        "hostPorts": [
          8000,
          8001,
          8002,
        ],
        "name": "web",
        "networks": [
          "bridge",
          "kind",
        ],
        "state": "running",
      },
      {
        "cluster": "a",
        "hostPorts": [],
        "name": "a-worker",
        "networks": [
          "kind",
        ],
        "state": "exited",
      },
    ]
  `)
})
