import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { cleanCommand } from '../config/config.ts'
import { eventually } from '../lib/eventually.ts'
import { findProcesses, parsePs, startingNodes, workingOn } from './processes.ts'
import { describeRemains } from './remove.ts'

test('what remains, in words', () => {
  const containers = ['e2e-control-plane', 'e2e-worker']
  const processes = ['kind create cluster (process 4711)']
  const folders = ['.cache/clusters/e2e']
  const lines = [
    { containers, processes, folders },
    { containers: [], processes, folders },
    { containers, processes: [], folders: [] },
    { containers: [], processes: [], folders: [] },
  ]
  expect(lines.map(describeRemains).join('\n')).toMatchInlineSnapshot(`
    "2 node containers (e2e-control-plane, e2e-worker), kind create cluster (process 4711) and .cache/clusters/e2e
    kind create cluster (process 4711) and .cache/clusters/e2e
    2 node containers (e2e-control-plane, e2e-worker)
    "
  `)
})

test('of all processes, kind and helm at work on the files of the folder', () => {
  const processes = parsePs(
    [
      '    1 /sbin/launchd',
      '  101 /repo/.cache/bin/kind-0.33.0 create cluster --config /repo/.cache/clusters/e2e/kind-config.yaml',
      '  102 helm upgrade --install vector --kubeconfig /repo/.cache/clusters/e2e/kubeconfig',
      '  103 helm upgrade --install vector --kubeconfig /repo/.cache/clusters/e2e-2/kubeconfig',
      '  104 kind create cluster --name e2e',
      '  105 k9s --kubeconfig /repo/.cache/clusters/e2e/kubeconfig',
      '  106 vi /repo/.cache/clusters/e2e/kind-config.yaml',
      '',
    ].join('\n'),
  )
  const found = workingOn('/repo/.cache/clusters/e2e', processes)
  expect(found.map(({ pid }) => pid)).toEqual([101, 102])
})

test('of all processes, those by which Docker starts a node of the cluster', () => {
  const label = (cluster: string) => `--label io.x-k8s.kind.cluster=${cluster}`
  const processes = parsePs(
    [
      `  201 docker run --name e2e-worker ${label('e2e')} kindest/node`,
      `  202 /usr/bin/docker run --name e2e-2-worker ${label('e2e-2')} kindest/node`,
      '  203 docker ps --filter label=io.x-k8s.kind.cluster=e2e',
      `  204 podman run --name e2e-worker ${label('e2e')} kindest/node`,
    ].join('\n'),
  )
  expect(startingNodes('e2e', processes).map(({ pid }) => pid)).toEqual([201])
})

test('a process that outlived its run is found, and is gone once it is killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'remove-'))
  const kind = join(folder, 'kind')
  const atWork = async () => workingOn(folder, await findProcesses(5000))
  await symlink(process.execPath, kind)
  const child = spawn(kind, ['--eval', 'setInterval(() => {}, 1000)', '--', `${folder}/kind-config.yaml`])
  await once(child, 'spawn')
  await eventually(
    'it is found',
    async () => expect((await atWork()).map(({ pid }) => pid)).toEqual([child.pid]),
    { within: 5000, every: 50 },
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await atWork()).toEqual([])
  await rm(folder, { recursive: true })
}, 30_000)

/** What is said and asked where this is what Docker answers to `docker ps`, once after the other. */
const removeWith = async (...answers: readonly string[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'remove-'))
  await Promise.all(answers.map((answer, index) => writeFile(join(folder, `${index + 1}`), answer)))
  const docker = `#!/bin/sh
    cd ${folder} && echo "docker $*" >> asked
    [ "$1" = ps ] || exit 0
    sh "$(grep -c 'docker ps' asked)"
  `
  await writeFile(join(folder, 'docker'), docker, { mode: 0o755 })
  const program = `
    const { removeCluster } = await import(${JSON.stringify(import.meta.resolve('./remove.ts'))})
    const limits = { command: 5000 }
    // A name that no cluster of anybody can have.
    const both = [removeCluster('Unit', limits), removeCluster('Unit', limits)]
    await Promise.all(both).then(() => console.log('removed'), ({ message }) => console.log(message))
  `
  const env = { PATH: `${folder}:/usr/bin:/bin` }
  const args = ['--no-deprecation', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const asked = await readFile(join(folder, 'asked'), 'utf8')
  await rm(folder, { recursive: true })
  return `${asked.replaceAll(/ps .*/g, 'ps')}${stdout.replaceAll(/\d+\.\d s/g, '<seconds> s')}`
}

test.concurrent(
  'a node that came while the others went is removed too; who asks twice gets the same',
  async ({ expect }) => {
    const nodes = 'echo e2e-control-plane; echo e2e-worker'
    expect(await removeWith(nodes, 'echo e2e-worker2')).toMatchInlineSnapshot(`
    "docker ps
    docker rm --force --volumes e2e-control-plane e2e-worker
    docker ps
    docker rm --force --volumes e2e-worker2
    removed
    "
  `)
  },
  15_000,
)

test.concurrent(
  'Docker is gone',
  async ({ expect }) => {
    const dead = 'echo "Cannot connect to the Docker daemon. Is the docker daemon running?" >&2; exit 1'
    expect(await removeWith(dead)).toMatchInlineSnapshot(`
    "docker ps
    cluster Unit could not be removed: docker ps --all --filter label=io.x-k8s.kind.cluster=Unit --format {{.Names}}
      exited with code 1 after <seconds> s
      | Cannot connect to the Docker daemon. Is the docker daemon running?
      remedy: see that \`docker ps\` answers, then E2E_CLUSTER=Unit npm run clean
    "
  `)
  },
  15_000,
)

test('the command that removes a cluster names it where it is not the usual one', () => {
  expect([cleanCommand('observability-e2e'), cleanCommand('mine')]).toEqual([
    'npm run clean',
    'E2E_CLUSTER=mine npm run clean',
  ])
})
