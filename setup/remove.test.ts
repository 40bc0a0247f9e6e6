import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { eventually } from '../lib/eventually.ts'
import { findProcesses, parsePs, startingNodes, workingOn } from './processes.ts'
import { describeRemains } from './remove.ts'

test('what an interrupted run left behind, in one line', () => {
  const containers = ['e2e-control-plane', 'e2e-worker']
  const processes = ['kind create cluster (process 4711)']
  const folders = ['.cache/clusters/e2e']
  expect(describeRemains({ containers, processes, folders })).toBe(
    '2 node containers (e2e-control-plane, e2e-worker), kind create cluster (process 4711) and .cache/clusters/e2e',
  )
  expect(describeRemains({ containers: [], processes: [], folders })).toBe('.cache/clusters/e2e')
})

test('only kind and helm processes that use the folder count as working on it', () => {
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

test('only `docker run` with the label of the cluster counts as starting a node', () => {
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

test('a process that outlived its run is found until it is killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'remove-'))
  const kind = join(folder, 'kind')
  const working = async () => workingOn(folder, await findProcesses(5000))
  await symlink(process.execPath, kind)
  const child = spawn(kind, ['--eval', 'setInterval(() => {}, 1000)', '--', `${folder}/kind-config.yaml`])
  await once(child, 'spawn')
  await eventually(
    'the process is found',
    async () => expect((await working()).map(({ pid }) => pid)).toEqual([child.pid]),
    { within: 5000, every: 50 },
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await working()).toEqual([])
  await rm(folder, { recursive: true })
}, 30_000)

/**
 * Removes a cluster twice at once, with a fake Docker that runs one script after the other for `docker ps`.
 * @returns the Docker commands and what was printed
 */
const removeWith = async (...scripts: readonly string[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'remove-'))
  await Promise.all(scripts.map((script, index) => writeFile(join(folder, `${index + 1}`), script)))
  const docker = `#!/bin/sh
    cd ${folder} && echo "docker $*" >> commands
    [ "$1" = ps ] || exit 0
    sh "$(grep -c 'docker ps' commands)"
  `
  await writeFile(join(folder, 'docker'), docker, { mode: 0o755 })
  const program = `
    const { removeCluster } = await import(${JSON.stringify(import.meta.resolve('./remove.ts'))})
    const limits = { command: 5000 }
    // kind allows no upper-case letters, so no real cluster has this name.
    const both = [removeCluster('Unit', limits), removeCluster('Unit', limits)]
    await Promise.all(both).then(() => console.log('removed'), ({ message }) => console.log(message))
  `
  const env = { PATH: `${folder}:/usr/bin:/bin` }
  const args = ['--no-deprecation', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const commands = (await readFile(join(folder, 'commands'), 'utf8')).replaceAll(/ps .*/g, 'ps')
  await rm(folder, { recursive: true })
  return { commands: commands.trim().split('\n'), stdout }
}

test.concurrent(
  'a node that appears during the removal and a container that prepares a store are removed too, in one removal for two callers',
  async ({ expect }) => {
    const nodes = 'echo e2e-control-plane; echo e2e-worker'
    expect(await removeWith(nodes, 'echo e2e-worker2', 'echo 4711')).toEqual({
      commands: [
        'docker ps',
        'docker rm --force --volumes e2e-control-plane e2e-worker',
        'docker ps',
        'docker rm --force --volumes e2e-worker2',
        'docker ps',
        'docker rm --force 4711',
      ],
      stdout: 'removed\n',
    })
  },
  15_000,
)

test.concurrent(
  'if Docker does not answer, the error says how to remove the cluster later',
  async ({ expect }) => {
    const { commands, stdout } = await removeWith('echo "Cannot connect to the Docker daemon." >&2; exit 1')
    expect(commands).toEqual(['docker ps'])
    expect(stdout).toContain('cluster Unit could not be removed: docker ps')
    expect(stdout).toContain('| Cannot connect to the Docker daemon.')
    expect(stdout).toMatch(/remedy: .*E2E_CLUSTER=Unit npm run clean/)
  },
  15_000,
)
