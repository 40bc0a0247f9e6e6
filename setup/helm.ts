import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { archiveName, findChart } from './charts.ts'
import { connectKubernetes } from '../clients/kubernetes.ts'
import type { Cluster } from './cluster.ts'
import type { Config } from '../config/config.ts'
import { describeOverlayFile } from '../config/overlayFolder.ts'
import { withLimit } from '../lib/eventually.ts'
import { explainHook } from '../diagnosis/helmHooks.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { messageOf } from '../lib/messages.ts'
import { explainAdmissionError } from '../diagnosis/admissionErrors.ts'
import { CommandError, interruption, run } from '../lib/run.ts'
import type { Chart, Stack } from '../config/stacks.ts'
import type { Tools } from './tools.ts'

type ChartStack = Stack & Readonly<{ chart: Chart; values: readonly string[] }>
type Release = Readonly<{ name: string; chart: string; status: string }>

const explainingLimit = 30_000

export const isChartStack = (stack: Stack): stack is ChartStack =>
  stack.chart !== undefined && stack.values !== undefined

/** The arguments that give helm these values files. */
export const valuesArguments = (files: readonly string[]): readonly string[] =>
  files.flatMap((file) => ['--values', file])

/** As helm does it: mappings are merged, everything else is replaced. */
const mergeValues = (under: JsonObject, over: JsonObject): JsonObject => ({
  ...under,
  ...Object.fromEntries(
    Object.entries(over).map(([name, value]) => {
      const old = under[name]
      return [name, isObject(old) && isObject(value) ? mergeValues(old, value) : value]
    }),
  ),
})

/** The values of a release that is installed with these files. */
export const readValues = async (files: readonly string[]): Promise<JsonObject> => {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return texts.map((text) => (parse(text) ?? {}) as JsonObject).reduce(mergeValues, {})
}

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
  return isDeepStrictEqual(await helm('get', 'values', stack.name), await readValues(stack.values))
}

/**
 * What the chart of a stack renders with its values.
 * @throws CommandError with helm's output
 */
export const renderChart = async (config: Config, tools: Tools, stack: ChartStack): Promise<string> => {
  const archive = await findChart(config, tools, stack.chart)
  const args = ['template', stack.name, archive, '--namespace', stack.namespace]
  const { stdout } = await run(tools.helm, [...args, ...valuesArguments(stack.values)], {
    within: config.limits.command,
  })
  return stdout
}

/**
 * Blames the values file of the overlay if the chart can be rendered only without it, and merely mentions it otherwise: an
 * error of the API server does not say which file it comes from.
 */
const withOverlayValues = async (
  config: Config,
  tools: Tools,
  stack: ChartStack,
  { message, stderr, stdout }: CommandError,
): Promise<Error> => {
  const { overlay } = config
  const own = stack.values.filter((file) => overlay && file.startsWith(`${overlay.folder}/`))
  const renders = (values: readonly string[]) =>
    renderChart(config, tools, { ...stack, values }).then(
      () => true,
      () => false,
    )
  if (!overlay || own.length === 0) return new CommandError(message, stderr, stdout)
  const files = own.map((file) => describeOverlayFile(overlay, file)).join(', ')
  const [whole, without] = await Promise.all([
    renders(stack.values),
    renders(stack.values.filter((file) => !own.includes(file))),
  ])
  const text =
    !whole && without
      ? `the chart cannot be rendered with ${files}, but it can without: ${message}`
      : `${message}\n${files} is laid over the values of this harness`
  return new CommandError(text, stderr, stdout)
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
  const args = ['upgrade', '--install', stack.name, archive, ...valuesArguments(stack.values)]
  await changeRelease(config, tools, cluster, stack, args).catch(async (error: unknown) => {
    throw error instanceof CommandError ? await withOverlayValues(config, tools, stack, error) : error
  })
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
