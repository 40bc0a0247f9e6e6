import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { archiveName, findChart } from './charts.ts'
import { connectKubernetes } from '../clients/kubernetes.ts'
import type { Cluster } from './cluster.ts'
import type { Config } from '../config/config.ts'
import { withLimit } from '../lib/eventually.ts'
import { explainHook } from '../diagnosis/helmHooks.ts'
import { messageOf } from '../lib/messages.ts'
import { explainAdmissionError } from '../diagnosis/admissionErrors.ts'
import { CommandError, interruption, run } from '../lib/run.ts'
import type { Chart, Stack } from '../config/stacks.ts'
import type { Tools } from './tools.ts'

type ChartStack = Stack & Readonly<{ chart: Chart; values: string }>
type Release = Readonly<{ name: string; chart: string; status: string }>

const explainingLimit = 30_000

export const isChartStack = (stack: Stack): stack is ChartStack =>
  stack.chart !== undefined && stack.values !== undefined

/** Whether the release is deployed with this chart version and exactly these values. */
const isInstalled = async (
  config: Config,
  tools: Tools,
  cluster: Cluster,
  stack: ChartStack,
): Promise<boolean> => {
  const helm = async (...args: string[]): Promise<unknown> => {
    const where = ['--namespace', stack.namespace, '--kubeconfig', cluster.kubeconfig, '--output', 'json']
    const { stdout } = await run(tools.helm, [...args, ...where], { within: config.limits.command })
    return JSON.parse(stdout)
  }
  const releases = (await helm('list', '--filter', `^${stack.name}$`)) as Release[]
  const wanted = archiveName(stack.chart).replace(/\.tgz$/, '')
  if (!releases.some(({ chart, status }) => chart === wanted && status === 'deployed')) return false
  return isDeepStrictEqual(
    await helm('get', 'values', stack.name),
    parse(await readFile(stack.values, 'utf8')),
  )
}

/**
 * Puts the cause before the output of helm. Helm repeats the message of the API server, and names the Job of a failed
 * hook but not why it failed.
 */
const explained = async (
  cluster: Pick<Cluster, 'kubeconfig'>,
  { namespace }: ChartStack,
  { message, stderr, stdout }: CommandError,
): Promise<Error> => {
  const { hook, unseen } = await connectKubernetes(cluster.kubeconfig)
    .then((kubernetes) => withLimit(explainHook(kubernetes, stderr), explainingLimit, interruption.signal))
    .then(
      (hook) => ({ hook, unseen: [] }),
      (reason: unknown) => ({ hook: [], unseen: [`no evidence from the cluster: ${messageOf(reason)}`] }),
    )
  const refusal = explainAdmissionError(stderr, namespace)
  const lines = [...(refusal === undefined ? [] : [refusal]), ...hook, message, ...unseen]
  return new CommandError(lines.join('\n'), stderr, stdout)
}

/** @throws CommandError that begins with the cause if it is known, followed by the output of helm */
const changeRelease = async (
  config: Config,
  tools: Tools,
  cluster: Pick<Cluster, 'kubeconfig'>,
  stack: ChartStack,
  args: readonly string[],
): Promise<void> => {
  const where = ['--namespace', stack.namespace, '--kubeconfig', cluster.kubeconfig]
  const limits = ['--timeout', `${Math.round(config.limits.install / 1000)}s`]
  // The limit of helm itself ends first, because its message names the hook that hangs.
  await run(tools.helm, [...args, ...where, ...limits], {
    within: config.limits.install + config.limits.command,
  }).catch(async (error: unknown) => {
    throw error instanceof CommandError ? await explained(cluster, stack, error) : error
  })
}

/**
 * Installs or upgrades the chart of a stack. Returns once its objects are applied and its hooks are done, without
 * waiting for its pods. On a reused cluster, a release that is already up to date is not changed, unless it is renewed.
 * @throws CommandError that begins with the cause if it is known, followed by the output of helm
 */
export const installChart = async (
  config: Config,
  tools: Tools,
  cluster: Cluster,
  stack: ChartStack,
  isRenewed = false,
): Promise<'installed' | 'unchanged'> => {
  if (cluster.reused && !isRenewed && (await isInstalled(config, tools, cluster, stack))) return 'unchanged'
  const archive = await findChart(config, tools, stack.chart)
  const args = ['upgrade', '--install', stack.name, archive, '--values', stack.values]
  await changeRelease(config, tools, cluster, stack, args)
  return 'installed'
}

/**
 * Rolls the release of a stack back to an earlier revision. Returns like installChart, without waiting for its pods.
 * @throws CommandError that begins with the cause if it is known, followed by the output of helm
 */
export const rollBackChart = (
  config: Config,
  tools: Tools,
  cluster: Pick<Cluster, 'kubeconfig'>,
  stack: ChartStack,
  revision: number,
): Promise<void> => changeRelease(config, tools, cluster, stack, ['rollback', stack.name, String(revision)])
