import { expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { describeFindings } from './findings.ts'
import { parseContainers, parseTrouble, type Container, type DockerHost, type Facts } from './machine.ts'
import { findingsOf } from './preflight.ts'
import { CommandError } from './run.ts'

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

const findings = (facts: Partial<Facts>, environment: Record<string, string> = {}) =>
  `\n${describeFindings(findingsOf({ ...good, ...facts }, loadConfig(environment)))}\n`

const trouble = (stderr: string, how = 'exited with code 1') =>
  parseTrouble(new CommandError(`docker info\n  ${how} after 0.1 s\n  | ${stderr}`, stderr))

test('nothing', () => {
  expect(findings({})).toMatchInlineSnapshot()
})

test('Docker is not installed', () => {
  const docker = trouble('bash: line 1: docker: command not found', 'was not found on PATH')
  expect(findings({ docker }) + findings({ docker, platform: 'darwin' })).toMatchInlineSnapshot()
})

test('the daemon does not run', () => {
  const docker = trouble(
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
  )
  expect(findings({ docker }) + findings({ docker, platform: 'darwin' })).toMatchInlineSnapshot()
})

test('the daemon does not run, in the words of Docker 29', () => {
  const docker = trouble(
    'failed to connect to the docker API at tcp://10.0.0.7:2375; check if the path is correct and if the daemon is running: dial tcp 10.0.0.7:2375: connect: connection refused\n',
  )
  expect(findings({ docker })).toMatchInlineSnapshot()
})

test('no permission on the socket', () => {
  const docker = trouble(
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied\n',
  )
  expect(findings({ docker }) + findings({ docker, platform: 'darwin' })).toMatchInlineSnapshot()
})

test('Docker does not answer', () => {
  const docker = parseTrouble(
    new CommandError('docker info\n  did not end within 30 s and was killed after 30.0 s', ''),
  )
  expect(findings({ docker })).toMatchInlineSnapshot()
})

test('a machine that is too small', () => {
  const docker = {
    ...host,
    memory: 8 * 2 ** 30 - 1,
    freeDisk: 3.21 * 2 ** 30,
    sysctls: { 'fs.inotify.max_user_instances': 128, 'vm.max_map_count': 65530 },
  }
  expect(findings({ docker })).toMatchInlineSnapshot()
})

test('vm.max_map_count matters to OpenSearch alone', () => {
  const docker = { ...host, sysctls: { ...host.sysctls, 'vm.max_map_count': 65530 } }
  expect(findings({ docker }, { E2E_STACKS: 'kube-prometheus-stack' })).toMatchInlineSnapshot()
})

test('Docker in a virtual machine', () => {
  const docker = {
    ...host,
    operatingSystem: 'Docker Desktop',
    memory: 4 * 2 ** 30,
    freeDisk: undefined,
    sysctls: { 'fs.inotify.max_user_instances': undefined, 'vm.max_map_count': undefined },
  }
  expect(findings({ docker, platform: 'darwin' })).toMatchInlineSnapshot()
})

test('cgroup v1', () => {
  const docker = { ...host, cgroup: 1 }
  expect(findings({ docker })).toMatchInlineSnapshot()
  expect(findings({ docker, nodeImage: 'registry:5000/node@sha256:0f1e' })).toMatchInlineSnapshot()
  expect(findings({ docker, nodeImage: 'kindest/node:v1.34.4' })).toMatchInlineSnapshot()
})

test('a cluster of that name', () => {
  const containers = [node('observability-e2e')]
  const facts = { containers, ports: [taken] }
  expect(findings(facts)).toMatchInlineSnapshot()
  expect(findings({ containers: [node('mine')] }, { E2E_CLUSTER: 'mine' })).toMatchInlineSnapshot()
  expect(findings(facts, { E2E_KEEP: '1' })).toMatchInlineSnapshot()
})

test('a cluster that stands, but not upright', () => {
  expect(
    findings({ containers: [node('observability-e2e', 'exited')] }, { E2E_KEEP: '1' }),
  ).toMatchInlineSnapshot()
})

test('a port that is taken', () => {
  const web: Container = { ...node(''), name: 'web', networks: ['bridge'] }
  expect(findings({ ports: [taken], containers: [web] })).toMatchInlineSnapshot()
  expect(findings({ ports: [taken], containers: [node('other')] })).toMatchInlineSnapshot()
  const processes = [
    { pid: 4711, name: 'nginx' },
    { pid: 4712, name: 'nginx' },
  ]
  expect(findings({ ports: [{ ...taken, processes }] })).toMatchInlineSnapshot()
  expect(
    findings({ ports: [{ ...taken, processes: [{ pid: 815, name: 'docker-proxy' }] }] }),
  ).toMatchInlineSnapshot()
  expect(
    findings({ ports: [taken] }) + findings({ ports: [taken], platform: 'darwin' }),
  ).toMatchInlineSnapshot()
})

test('the registry mirror', () => {
  const environment = { E2E_REGISTRY_MIRROR: 'http://mirror:5000' }
  expect(findings({ mirror: 'HTTP 200' }, environment)).toMatchInlineSnapshot()
  expect(findings({ mirror: 'getaddrinfo ENOTFOUND mirror' }, environment)).toMatchInlineSnapshot()
  const containers = [{ ...node(''), name: 'mirror' }]
  expect(
    findings({ mirror: 'getaddrinfo ENOTFOUND mirror', containers }, environment),
  ).toMatchInlineSnapshot()
  expect(
    findings({ mirror: 'HTTP 200' }, { E2E_REGISTRY_MIRROR: 'http://localhost:5000' }),
  ).toMatchInlineSnapshot()
})

test('the chart folder', () => {
  const environment = { E2E_CHARTS: '/charts', E2E_STACKS: 'opensearch,vector' }
  expect(findings({ charts: 'there is no such folder' }, environment)).toMatchInlineSnapshot()
  const charts = [
    'opensearch-3.5.0.tgz',
    'opensearch-3.8.0.tgz',
    'opensearch-dashboards-3.6.0.tgz',
    'README.md',
  ]
  expect(findings({ charts }, environment)).toMatchInlineSnapshot()
})

test('warnings come after errors', () => {
  const docker = { ...host, sysctls: { ...host.sysctls, 'vm.max_map_count': 65530 } }
  const found = findingsOf({ ...good, docker, ports: [taken] }, loadConfig({}))
  expect(found.map(({ severity }) => severity)).toEqual(['error', 'warning'])
})

test('containers as `docker ps` prints them', () => {
  const printed = [
    'a-control-plane\trunning\ta\tkind\t127.0.0.1:30090->30090/tcp, 127.0.0.1:41043->6443/tcp',
    'web\trunning\t\tbridge,kind\t0.0.0.0:8000-8002->8000-8002/tcp, [::]:8000-8002->8000-8002/tcp, 9000/tcp',
    'a-worker\texited\ta\tkind\t',
  ]
  expect(parseContainers(`${printed.join('\n')}\n`)).toMatchInlineSnapshot()
})
