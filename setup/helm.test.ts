import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../config/config.ts'
import { stackOf } from '../config/stacks.ts'
import { installChart, isChartStack, rollBackChart } from './helm.ts'

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
  await writeFile(values, JSON.stringify(parse(await readFile(stack.values, 'utf8'))))
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

test('a rollback names the revision and has the same time limit as an upgrade', async () => {
  const { tools, calls } = await recordingHelm()
  await rollBackChart(config, tools, cluster, stack, 3)
  expect(await calls()).toBe(
    'rollback vector 3 --namespace monitoring --kubeconfig kubeconfig --timeout 300s',
  )
})
