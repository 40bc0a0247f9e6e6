import { expect, test } from 'vitest'
import { loadConfig } from '../../config/config.ts'
import { CommandError } from '../../lib/run.ts'
import { parseContainers, parseTrouble, type Container, type DockerHost, type Facts } from './machine.ts'
import { findProblems } from './preflight.ts'
import { describeProblems, type Problem } from './problems.ts'

const host: DockerHost = {
  operatingSystem: 'Ubuntu 24.04.3 LTS',
  memory: 16 * 2 ** 30,
  cgroup: 2,
  folder: '/var/lib/docker',
  freeDisk: 50 * 2 ** 30,
  sysctls: { 'fs.inotify.max_user_instances': 512, 'vm.max_map_count': 262144 },
}
const lowMapCount = { ...host, sysctls: { ...host.sysctls, 'vm.max_map_count': 65530 } }
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
const kept = (name: string) => ({ name, kept: true })
const keep = { E2E_KEEP: '1' }

const problems = (facts: Partial<Facts>, environment: Record<string, string> = {}) =>
  findProblems({ ...good, ...facts }, loadConfig(environment))

type Expected = Readonly<Partial<Problem>>
const has = (text: string) => expect.stringContaining(text) as string

test('a machine that is too small: errors come before warnings, amounts are rounded down', () => {
  const docker = {
    ...host,
    memory: 8 * 2 ** 30 - 1,
    freeDisk: 3.21 * 2 ** 30,
    sysctls: { 'fs.inotify.max_user_instances': 128, 'vm.max_map_count': 65530 },
  }
  expect(`\n${describeProblems(problems({ docker, ports: [taken] }))}\n`).toMatchInlineSnapshot(`
    "
    error: memory available to Docker is too low
        seen:   7.9 GiB
        needed: 8.0 GiB or more
        remedy: run on a machine with more memory
    error: free disk in /var/lib/docker is too low
        seen:   3.2 GiB
        needed: 20.0 GiB or more
        remedy: docker system prune --all (deletes everything that no running container uses)
    error: fs.inotify.max_user_instances is too low
        seen:   128
        needed: 512 or more
        remedy: sudo sysctl -w fs.inotify.max_user_instances=512
    error: host port 30090 is taken
        seen:   held by another user's process
        needed: 127.0.0.1:30090 free for Prometheus
        remedy: find it with: sudo ss -ltnp 'sport = :30090'
    warning: vm.max_map_count is too low
        seen:   65530
        needed: 262144 or more
        remedy: sudo sysctl -w vm.max_map_count=262144
    "
  `)
})

const daemonDown =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'
const remoteDown =
  'failed to connect to the docker API at tcp://10.0.0.7:2375; check if the path is correct and if the daemon is running'
const denied = 'permission denied while trying to connect to the Docker daemon socket'

test.each([
  ['exited with code 1', daemonDown, 'not running', has('systemctl start docker'), has('open -a Docker')],
  // In the words of Docker 29.
  ['exited with code 1', remoteDown, 'not running', has('unset DOCKER_HOST'), has('unset DOCKER_HOST')],
  ['exited with code 1', denied, 'not allowed', has('usermod -aG docker'), has('docker context use')],
  ['was not found on PATH', 'docker: not found', 'not installed', has('get.docker.com'), has('brew')],
  ['did not end within 30 s', '', 'does not answer', has('docker info'), has('docker info')],
])('`docker info` %s: %s', (how, stderr, what, onLinux, onMac) => {
  const docker = parseTrouble(new CommandError(`docker info\n  ${how} after 0.1 s\n  | ${stderr}`, stderr))
  const found = (platform: string) => problems({ docker, platform })
  expect(found('linux')).toMatchObject([{ severity: 'error', what: has(what), remedy: onLinux }])
  expect(found('darwin')).toMatchObject([{ severity: 'error', what: has(what), remedy: onMac }])
})

test.each<[string, Partial<Facts>, Record<string, string>, readonly Expected[]]>([
  ['nothing is wrong', {}, {}, []],
  [
    'vm.max_map_count matters only to OpenSearch',
    { docker: lowMapCount },
    { E2E_STACKS: 'kube-prometheus-stack' },
    [],
  ],
  [
    'Docker runs in a virtual machine that cannot be inspected',
    {
      platform: 'darwin',
      docker: {
        ...host,
        memory: 4 * 2 ** 30,
        freeDisk: undefined,
        sysctls: { 'fs.inotify.max_user_instances': undefined, 'vm.max_map_count': undefined },
      },
    },
    {},
    [
      { what: has('memory'), seen: '4.0 GiB', remedy: has('Docker Desktop: Settings') },
      {
        severity: 'warning',
        what: 'not checked: free disk in /var/lib/docker, fs.inotify.max_user_instances, vm.max_map_count',
      },
    ],
  ],
  [
    'the node image needs cgroup v2',
    { docker: { ...host, cgroup: 1 } },
    {},
    [{ severity: 'error', what: has('Kubernetes 1.36'), remedy: has('E2E_NODE_IMAGE=') }],
  ],
  [
    'the node image may need cgroup v2: its version is unknown',
    { docker: { ...host, cgroup: 1 }, nodeImage: 'registry:5000/node@sha256:0f1e' },
    {},
    [{ severity: 'warning', what: has('cgroup v1') }],
  ],
  [
    'the node image starts on cgroup v1',
    { docker: { ...host, cgroup: 1 }, nodeImage: 'kindest/node:v1.34.4' },
    {},
    [],
  ],
])('%s', (_, facts, environment, expected) => {
  expect(problems(facts, environment)).toMatchObject(expected)
})

const ours = {
  containers: [node('observability-e2e')],
  clusters: [kept('observability-e2e')],
  ports: [taken],
}
const interrupted = [{ name: 'observability-e2e', kept: false }]

test.each<[string, Partial<Facts>, Record<string, string>, readonly Expected[]]>([
  [
    'of this checkout',
    ours,
    {},
    [{ severity: 'error', seen: 'observability-e2e-control-plane (running)', remedy: 'npm run clean' }],
  ],
  ['of this checkout, to be reused', ours, keep, []],
  [
    'of this checkout, with another name',
    { containers: [node('mine')], clusters: [kept('mine')] },
    { E2E_CLUSTER: 'mine' },
    [{ severity: 'error', remedy: 'E2E_CLUSTER=mine npm run clean' }],
  ],
  [
    'of somebody else',
    { containers: [node('observability-e2e')] },
    {},
    [{ severity: 'error', remedy: has('kind delete cluster --name observability-e2e') }],
  ],
  [
    'to be reused, with a node that is stopped',
    { ...ours, containers: [node('observability-e2e', 'exited')], ports: [] },
    keep,
    [{ severity: 'error', remedy: has('docker start observability-e2e-control-plane') }],
  ],
  [
    'of an interrupted run',
    { ...ours, clusters: interrupted },
    {},
    [{ severity: 'warning', what: has('interrupted run'), remedy: 'npm run clean' }],
  ],
  [
    'of an interrupted run, which cannot be reused',
    { ...ours, clusters: interrupted },
    keep,
    [{ severity: 'warning', what: has('interrupted run') }],
  ],
  ['of an interrupted run, without containers', { clusters: interrupted }, {}, [{ seen: has('files') }]],
])('a cluster with that name: %s', (_, facts, environment, expected) => {
  expect(problems(facts, environment)).toMatchObject(expected)
})

test('while another run is active, nothing else is reported: it may be the cause', () => {
  const holder = { cluster: 'observability-e2e', process: 4711, since: '2026-11-23T08:00:00.000Z' }
  expect(problems({ holder, containers: [node('observability-e2e')], ports: [taken] })).toMatchObject([
    { remedy: has('kill 4711') },
  ])
})

test.each<[string, Partial<Facts>, Expected]>([
  [
    'a container',
    { containers: [{ ...node(''), name: 'web', networks: ['bridge'] }] },
    { seen: 'held by container web', remedy: 'docker stop web' },
  ],
  [
    'another kind cluster',
    { containers: [node('other')], clusters: [kept('other')] },
    { seen: has('kind cluster other'), remedy: 'E2E_CLUSTER=other npm run clean' },
  ],
  [
    'two processes',
    { ports: [{ ...taken, processes: [4711, 4712].map((pid) => ({ pid, name: 'nginx' })) }] },
    { seen: 'held by nginx (process 4711), nginx (process 4712)', remedy: 'kill 4711 4712' },
  ],
  [
    'the proxy of a container that is not listed',
    { ports: [{ ...taken, processes: [{ pid: 815, name: 'docker-proxy' }] }] },
    { seen: has('docker-proxy'), remedy: has('docker ps --filter publish=30090') },
  ],
  ['an unknown process on Linux', {}, { remedy: has("sudo ss -ltnp 'sport = :30090'") }],
  ['an unknown process on macOS', { platform: 'darwin' }, { remedy: has('sudo lsof -nP -iTCP:30090') }],
])('a port that is taken by %s', (_, facts, expected) => {
  expect(problems({ ports: [taken], ...facts })).toMatchObject([{ severity: 'error', ...expected }])
})

const mirror = (hostname: string) => ({ E2E_REGISTRY_MIRROR: `http://${hostname}:5000` })
const unresolved = 'getaddrinfo ENOTFOUND mirror'
const charts = [
  'opensearch-3.5.0.tgz',
  'opensearch-3.8.0.tgz',
  'opensearch-dashboards-3.6.0.tgz',
  'README.md',
]
const chartFolder = { E2E_CHARTS: '/charts', E2E_STACKS: 'opensearch,vector' }

test.each<[string, Partial<Facts>, Record<string, string>, readonly Expected[]]>([
  ['a mirror that answers', { mirror: 'HTTP 200' }, mirror('mirror'), []],
  [
    'a mirror that does not answer this machine',
    { mirror: unresolved },
    mirror('mirror'),
    [{ severity: 'warning', seen: `http://mirror:5000/v2/: ${unresolved}`, remedy: has('docker network') }],
  ],
  [
    'a mirror that only the nodes can resolve',
    { mirror: unresolved, containers: [{ ...node(''), name: 'mirror' }] },
    mirror('mirror'),
    [],
  ],
  [
    'a mirror that only this machine can reach',
    { mirror: 'HTTP 200' },
    mirror('localhost'),
    [{ severity: 'error', seen: has('http://localhost:5000'), remedy: has('E2E_REGISTRY_MIRROR=') }],
  ],
  [
    'a chart folder that does not exist',
    { charts: 'no such folder' },
    chartFolder,
    [{ severity: 'error', seen: '/charts: no such folder' }],
  ],
  [
    'a chart folder without the right versions',
    { charts },
    chartFolder,
    [
      { seen: 'opensearch 3.5.0, 3.8.0 in /charts', needed: '/charts/opensearch-3.6.0.tgz' },
      { seen: 'no vector in /charts', remedy: has('helm pull vector --repo https://helm.vector.dev') },
    ],
  ],
])('%s', (_, facts, environment, expected) => {
  expect(problems(facts, environment)).toMatchObject(expected)
})

test('containers as `docker ps` prints them', () => {
  const printed = [
    'a-control-plane\trunning\ta\tkind\t127.0.0.1:30090->30090/tcp, 127.0.0.1:41043->6443/tcp',
    'web\trunning\t\tbridge,kind\t0.0.0.0:8000-8002->8000-8002/tcp, [::]:8000-8002->8000-8002/tcp, 9000/tcp',
    'a-worker\texited\ta\tkind\t',
  ]
  const row = (name: string, state: string, cluster: string, networks: string[], hostPorts: number[]) => ({
    name,
    state,
    cluster,
    networks,
    hostPorts,
  })
  expect(parseContainers(`${printed.join('\n')}\n`)).toEqual([
    row('a-control-plane', 'running', 'a', ['kind'], [30090, 41043]),
    row('web', 'running', '', ['bridge', 'kind'], [8000, 8001, 8002]),
    row('a-worker', 'exited', 'a', ['kind'], []),
  ])
})
