import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { listOverlay } from '../config/overlayFolder.ts'
import { stackOf } from '../config/stacks.ts'
import { messageOf } from '../lib/messages.ts'
import { installChart, isChartStack, readValues, rollBackChart } from './helm.ts'

const stack = stackOf('vector')
if (!isChartStack(stack)) throw new Error('vector has a chart')
const cluster = { name: 'any', kubeconfig: 'kubeconfig', reused: true }
const config = loadConfig({ E2E_CHARTS: 'charts' })

/** A helm that finds the release as it should be, and the commands that change it. */
const recordingHelm = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'helm-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const helm = join(folder, 'helm')
  const calls = join(folder, 'calls')
  const values = join(folder, 'values')
  await writeFile(values, JSON.stringify(await readValues(stack.values)))
  await writeFile(calls, '')
  const releases = [{ name: 'vector', chart: `vector-${stack.chart.version}`, status: 'deployed' }]
  const script = [
    '#!/bin/sh',
    'case $1 in',
    `  list) echo '${JSON.stringify(releases)}' ;;`,
    `  get) cat ${values} ;;`,
    `  *) echo "$*" >> ${calls} ;;`,
    'esac',
  ]
  await writeFile(helm, script.join('\n'), { mode: 0o755 })
  return { tools: { kind: 'kind', helm }, calls: async () => (await readFile(calls, 'utf8')).trim() }
}

test('a release that is up to date is changed only if it is renewed', async () => {
  const { tools, calls } = await recordingHelm()
  expect(await installChart(config, tools, cluster, stack)).toBe('unchanged')
  expect(await calls()).toBe('')
  expect(await installChart(config, tools, cluster, stack, true)).toBe('installed')
  expect(await calls()).toMatch(
    /^upgrade --install vector charts\/vector-\S+\.tgz --values values\/vector\.yaml /,
  )
})

test('the values of a later file are laid over those before it, as helm does it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'values-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const files = ['ours', 'theirs', 'nothing'].map((name) => join(folder, name))
  const texts = ['{ a: { b: 1, c: [1] }, d: { e: 1 } }', '{ a: { c: [2] }, d: 3 }', '# nothing']
  await Promise.all(files.map((file, index) => writeFile(file, texts[index] ?? '')))
  expect(await readValues(files)).toEqual({ a: { b: 1, c: [2] }, d: 3 })
})

test('a failure of helm names the values file of the overlay, first if the chart renders without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'refusing-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const helm = join(folder, 'helm')
  const file = join(folder, 'values/vector.yaml')
  const install = async (script: string) => {
    await writeFile(helm, `#!/bin/sh\n${script}`, { mode: 0o755 })
    const laidOver = { ...stack, values: [...stack.values, file] }
    const settings = { ...config, overlay: listOverlay(folder) }
    return installChart(settings, { kind: 'kind', helm }, { ...cluster, reused: false }, laidOver).catch(
      messageOf,
    )
  }
  expect(await install(`case "$*" in *${file}*) exit 1;; esac`)).toMatch(
    /^the chart cannot be rendered with values\/vector\.yaml of the overlay, but it can without: /,
  )
  expect(await install('test $1 = template')).toMatch(/\nvalues\/vector\.yaml of the overlay is laid over /)
})

test('a rollback names the revision and has the same time limit as an upgrade', async () => {
  const { tools, calls } = await recordingHelm()
  await rollBackChart(config, tools, cluster, stack, 3)
  expect(await calls()).toBe(
    'rollback vector 3 --namespace monitoring --kubeconfig kubeconfig --timeout 300s',
  )
})
