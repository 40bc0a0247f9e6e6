import { join, resolve } from 'node:path'
import { checkAccepted } from './accepted.ts'
import type { Overlay } from './overlay.ts'
import {
  listOverlay,
  overlayEntryProblems,
  overlayName,
  overlayReleases,
  readableOverlay,
} from './overlayFolder.ts'
import { overlayFileProblems } from './overlayManifests.ts'
import { ownClaimsProblems } from './ownClaims.ts'
import { stackNames, stackOf, stacks, type Releases, type StackName } from './stacks.ts'
import { exitWith } from '../lib/exit.ts'

/** Time limits in milliseconds, by kind of work; `E2E_LIMITS_FACTOR` multiplies each of them. */
export type Limits = Readonly<Record<keyof typeof baseLimits, number>>

const seconds = (n: number) => n * 1000
/** The limits before `E2E_LIMITS_FACTOR`. */
export const baseLimits = {
  /** A local command: `kind get`, `docker ps`, `helm template`. */
  command: seconds(30),
  /** From the first container to four Ready nodes, including the download of the node image. */
  cluster: seconds(600),
  /** One `helm upgrade --install` with its hooks. */
  install: seconds(300),
  /** From installed to every replica Ready, including the download of the images. */
  ready: seconds(600),
  /** Something that Prometheus or Grafana shows after a few scrapes and rule evaluations. */
  query: seconds(120),
  /** From a line on stdout to a search hit. */
  logs: seconds(90),
}

export type Config = Readonly<{
  /** Name of the kind cluster. */
  cluster: string
  /** Keep the cluster after the run, and reuse an existing one. */
  keep: boolean
  /** Start the nodes without the images that earlier runs pulled. */
  freshNodes: boolean
  /** Node image instead of the pinned one. */
  nodeImage: string | undefined
  /** URL of a registry that the nodes can reach. */
  registryMirror: string | undefined
  /** Folder of `<chart>-<version>.tgz`; with a bundle, the one in it. */
  chartFolder: string | undefined
  /** Absolute path of the offline bundle that everything comes from. */
  bundle: string | undefined
  stacks: readonly StackName[]
  /** Context of the kubeconfig: the cluster already runs, and no stack is installed. */
  context: string | undefined
  /** Whether objects of ours may be created there, in a namespace of their own. */
  plant: boolean
  /** Logins for servers of that cluster; without them they come from its Secrets. */
  grafanaLogin: Login | undefined
  opensearchLogin: Login | undefined
  /** A team's own values, manifests and claims. */
  overlay?: Overlay
  /** Versions and values files that replace the pinned ones, from the overlay and the upgrade check; not an environment setting. */
  releases: Releases
  limits: Limits
}>

export type Login = Readonly<{ user: string; password: string }>

/** The folder of the charts in an offline bundle. */
export const bundledCharts = (bundle: string): string => join(bundle, 'charts')

type Environment = Readonly<Record<string, string | undefined>>
type Setting<Value> = Readonly<{
  name: string
  meaning: string
  rule: string
  shownDefault: string
  /** The value if the setting is absent. */
  absent: Value
  /** @returns undefined if the text breaks the rule */
  parse: (text: string) => Value | undefined
  /** Details about a text that breaks the rule. */
  problem?: (text: string) => string | undefined
  /** Never printed. */
  secret?: boolean
}>

const isUrl = (value: string) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
const listed = (value: string) =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)

export const isStack = (name: string): name is StackName => (stackNames as readonly string[]).includes(name)

const stacksProblem = (text: string): string | undefined => {
  const names = listed(text)
  const unknown = names.filter((name) => !isStack(name))
  if (unknown.length > 0) return `no such stack: ${unknown.join(', ')}`
  for (const { name, needs } of stacks.filter((stack) => names.includes(stack.name))) {
    const missing = needs.filter((need) => !names.includes(need))
    if (missing.length > 0) return `${name} needs ${missing.join(', ')}`
  }
  return undefined
}

const setting = <Value>(row: Setting<Value>): Setting<Value> => row

/** The text itself if it matches. */
const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : undefined)

/** `user:password`; a password may contain colons. */
const loginRow = (name: string, meaning: string) =>
  setting<Login | undefined>({
    name,
    meaning,
    rule: '<user>:<password>',
    shownDefault: 'not set: from the Secret that the pods use',
    absent: undefined,
    parse: (text) => {
      const [, user, password] = /^([^:]+):(.+)$/s.exec(text) ?? []
      return user === undefined || password === undefined ? undefined : { user, password }
    },
    secret: true,
  })

const rows = {
  cluster: setting({
    name: 'E2E_CLUSTER',
    meaning: 'name of the kind cluster',
    rule: '2 to 40 lower-case letters, digits and dashes, a letter first, no dash last',
    shownDefault: 'observability-e2e',
    absent: 'observability-e2e',
    parse: matching(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/),
  }),
  keep: setting({
    name: 'E2E_KEEP',
    meaning:
      'keep the cluster after the run; the next run with this setting reuses it and upgrades what differs',
    rule: '1, or not set',
    shownDefault: 'not set: the cluster is deleted',
    absent: false,
    parse: (text) => (text === '1' ? true : undefined),
  }),
  freshNodes: setting({
    name: 'E2E_FRESH_NODES',
    meaning: 'start the nodes without the images that earlier runs on this machine pulled, and keep none',
    rule: '1, or not set',
    shownDefault: "not set: each node's images are kept in a Docker volume between runs",
    absent: false,
    parse: (text) => (text === '1' ? true : undefined),
  }),
  nodeImage: setting<string | undefined>({
    name: 'E2E_NODE_IMAGE',
    meaning: 'node image for all four nodes',
    rule: 'an image reference without spaces',
    shownDefault: 'the image pinned by digest in kind-config.yaml',
    absent: undefined,
    parse: matching(/^[a-z0-9][\w./:@-]*$/i),
  }),
  registryMirror: setting<string | undefined>({
    name: 'E2E_REGISTRY_MIRROR',
    meaning:
      'URL, as seen from the nodes, of a registry that serves docker.io, quay.io, ghcr.io and registry.k8s.io under the same repository paths',
    rule: 'an http or https URL',
    shownDefault: 'not set: the registries themselves',
    absent: undefined,
    parse: (text) => (isUrl(text) ? text.replace(/\/+$/, '') : undefined),
  }),
  chartFolder: setting<string | undefined>({
    name: 'E2E_CHARTS',
    meaning: 'folder of `<chart>-<version>.tgz` to install from',
    rule: 'a path to a folder',
    shownDefault: "not set: the charts' own repositories",
    absent: undefined,
    parse: matching(/\S/),
  }),
  bundle: setting<string | undefined>({
    name: 'E2E_BUNDLE',
    meaning:
      'folder that `npm run bundle -- FOLDER` wrote: node image, images, charts, kind and helm come from it and nothing from the network; replaces `E2E_REGISTRY_MIRROR` and `E2E_CHARTS`',
    rule: 'a path to a folder',
    shownDefault: 'not set: everything comes from the network',
    absent: undefined,
    parse: (text) => (/\S/.test(text) ? resolve(text) : undefined),
  }),
  stacks: setting<readonly StackName[]>({
    name: 'E2E_STACKS',
    meaning:
      'install and check only these, separated by commas; the claims of the others are listed as not run',
    rule: `some of ${stackNames.join(', ')}, each with the stacks it needs`,
    shownDefault: 'all',
    absent: stackNames,
    parse: (text) =>
      stacksProblem(text) === undefined
        ? stackNames.filter((name) => listed(text).includes(name))
        : undefined,
    problem: (text) => stacksProblem(text),
  }),
  overlay: setting<string | undefined>({
    name: 'E2E_OVERLAY',
    meaning: 'folder with your own values, manifests, claims and exceptions, laid over those of this harness',
    rule: 'a path to a folder',
    shownDefault: 'not set: the stack of this harness alone',
    absent: undefined,
    parse: (text) => (/\S/.test(text) ? resolve(text) : undefined),
  }),
  context: setting<string | undefined>({
    name: 'E2E_CONTEXT',
    meaning:
      'context of the kubeconfig whose cluster is checked as it is; nothing is installed, and nothing is written without `E2E_PLANT=1` ([A cluster that already runs](running-cluster.md))',
    rule: 'the name of a context',
    shownDefault: 'not set: the run creates a cluster',
    absent: undefined,
    parse: matching(/\S/),
  }),
  plant: setting({
    name: 'E2E_PLANT',
    meaning:
      'with `E2E_CONTEXT`: create namespace `observability-e2e` with log emitters and sample logs, and delete it afterwards',
    rule: '1, or not set',
    shownDefault: 'not set: the cluster is only read',
    absent: false,
    parse: (text) => (text === '1' ? true : undefined),
  }),
  grafanaLogin: loginRow('E2E_GRAFANA_LOGIN', 'with `E2E_CONTEXT`: login of Grafana'),
  opensearchLogin: loginRow(
    'E2E_OPENSEARCH_LOGIN',
    'with `E2E_CONTEXT`: login of OpenSearch and OpenSearch Dashboards',
  ),
  limitsFactor: setting({
    name: 'E2E_LIMITS_FACTOR',
    meaning: 'multiplies every time limit, for a slow machine or a slow network',
    rule: 'a number from 0.1 to 100',
    shownDefault: '1',
    absent: 1,
    parse: (text) => {
      const factor = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
      return factor >= 0.1 && factor <= 100 ? factor : undefined
    },
  }),
}

/** Settings of the cluster that a run creates, and of what it installs there. */
const forOwnCluster = [
  rows.cluster,
  rows.keep,
  rows.freshNodes,
  rows.nodeImage,
  rows.registryMirror,
  rows.chartFolder,
  rows.bundle,
  rows.stacks,
]
/** Settings of a cluster that already runs. */
const forContext = [rows.plant, rows.grafanaLogin, rows.opensearchLogin]

/** Every setting; the table in docs/settings.md is generated from it. */
export const settings = Object.values(rows)

/** Everything that is wrong with the settings. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** The configuration, as far as the settings are valid, and what is wrong with them. */
const readConfig = (environment: Environment): Readonly<{ config: Config; problems: readonly string[] }> => {
  // CI systems pass an empty value for an input that was left blank.
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[0].startsWith('E2E_') && Boolean(entry[1]),
  )
  const names = settings.map(({ name }) => name)
  const problems = given
    .filter(([name]) => !names.includes(name))
    .map(([name, text]) => `${name}=${text}: no such setting; the settings are ${names.join(', ')}`)
  const read = <Value>({ name, rule, absent, parse, problem, secret }: Setting<Value>): Value => {
    const text = environment[name]
    if (!text) return absent
    const value = parse(text)
    if (value !== undefined) return value
    const why = problem?.(text)
    const shown = secret ? '***' : text
    problems.push(`${name}=${shown}: must be ${rule}${why === undefined ? '' : ` (${why})`}`)
    return absent
  }
  const config = {
    cluster: read(rows.cluster),
    keep: read(rows.keep),
    freshNodes: read(rows.freshNodes),
    nodeImage: read(rows.nodeImage),
    registryMirror: read(rows.registryMirror),
    chartFolder: read(rows.chartFolder),
    bundle: read(rows.bundle),
    stacks: read(rows.stacks),
    context: read(rows.context),
    plant: read(rows.plant),
    grafanaLogin: read(rows.grafanaLogin),
    opensearchLogin: read(rows.opensearchLogin),
  }
  const replaced = [rows.registryMirror, rows.chartFolder].filter(({ name }) => environment[name])
  if (config.bundle !== undefined) {
    config.chartFolder = bundledCharts(config.bundle)
    problems.push(
      ...replaced.map(
        ({ name }) => `E2E_BUNDLE and ${name}: only one can be set, because the bundle has everything`,
      ),
    )
  }
  // A run either creates a cluster or checks one that already runs.
  const isSet = ({ name }: Readonly<{ name: string }>) => Boolean(environment[name])
  problems.push(
    ...(config.context === undefined ? forContext : forOwnCluster)
      .filter(isSet)
      .map(({ name }) =>
        config.context === undefined
          ? `${name}: needs E2E_CONTEXT, because it applies only to a cluster that already runs`
          : `E2E_CONTEXT and ${name}: only one can be set, because nothing is created or installed in a cluster that already runs`,
      ),
  )
  const factor = read(rows.limitsFactor)
  const limits = Object.fromEntries(
    Object.entries(baseLimits).map(([name, limit]) => [name, Math.round(limit * factor)]),
  ) as Limits
  const folder = read(rows.overlay)
  const overlay = folder === undefined ? undefined : listOverlay(folder)
  const laidOver = overlay ? { overlay, releases: overlayReleases(overlay) } : { releases: {} }
  return { config: Object.freeze({ ...config, ...laidOver, limits }), problems }
}

const refuse = (problems: readonly string[]): void => {
  if (problems.length > 0)
    throw new ConfigError(
      `invalid settings, nothing was created:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    )
}

/**
 * Reads the configuration from the environment; nothing else reads `E2E_*`. It does not read the files of the overlay:
 * somebody may be editing them when the run deletes its cluster.
 * @throws ConfigError that lists every unknown name and every bad value, each with its rule
 */
export const loadConfig = (environment: Environment): Config => {
  const { config, problems } = readConfig(environment)
  refuse(problems)
  return config
}

const overlayProblems = ({ overlay, stacks: selected }: Config): readonly string[] => {
  if (!overlay) return []
  const { readable, problems: unreadable } = readableOverlay(overlay)
  const problems = [
    ...overlayEntryProblems(overlay.folder),
    ...unreadable,
    ...overlayFileProblems(readable, selected),
    ...ownClaimsProblems(readable),
    ...checkAccepted(readable).problems,
  ]
  return problems.length === 0
    ? []
    : [`overlay ${overlayName(overlay)}:`, ...problems.map((one) => `  ${one}`)]
}

/**
 * Like `loadConfig`, and checks the files of the overlay.
 * @throws ConfigError that lists everything that is wrong with the settings and the overlay
 */
export const loadCheckedConfig = (environment: Environment): Config => {
  const { config, problems } = readConfig(environment)
  refuse([...problems, ...overlayProblems(config)])
  return config
}

/**
 * Like `loadCheckedConfig`, for programs: prints what is invalid and ends the process with exit code 2.
 * @param allowContext whether the program can work on a cluster that already runs
 */
export const loadConfigOrExit = (
  environment: Environment,
  { allowContext = false }: Readonly<{ allowContext?: boolean }> = {},
): Config => {
  try {
    const config = loadCheckedConfig(environment)
    if (config.context !== undefined && !allowContext)
      throw new ConfigError(
        `E2E_CONTEXT=${config.context}: this command creates and changes a cluster of its own; it cannot use one that already runs\n` +
          '  remedy: unset E2E_CONTEXT; `npm test`, `npm run observe` and `npm run watch` work with it',
      )
    return config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return exitWith(error.message)
  }
}

const describeCluster = (config: Config): readonly (readonly [string, string])[] => [
  ['cluster', `${config.cluster}${config.keep ? ' (kept)' : ''}`],
  ...(config.bundle === undefined
    ? ([
        ['node image', config.nodeImage ?? 'as pinned in kind-config.yaml'],
        ['registry mirror', config.registryMirror ?? 'none'],
        ['charts', config.chartFolder ?? 'from their repositories'],
      ] as const)
    : ([['bundle', config.bundle]] as const)),
  ['stacks', config.stacks.map((name) => describeStack(name, config.releases)).join(', ')],
]

const describeContext = ({ context = '', plant }: Config): readonly (readonly [string, string])[] => [
  ['context', context],
  ['writes', plant ? 'only namespace observability-e2e, deleted afterwards' : 'nothing'],
]

const describeOverlay = (overlay: Overlay, { context, stacks: selected }: Config): string => {
  const name = overlayName(overlay)
  if (context !== undefined)
    return `${name} (its claims and exceptions; its values and manifests are not applied)`
  const unused = Object.keys(overlay.values).filter((stack) => !selected.some((one) => one === stack))
  return unused.length === 0
    ? name
    : `${name} (not its values for ${unused.join(', ')}, which E2E_STACKS leaves out)`
}

/** The settings with their defaults filled in, as printed at the start of a run. */
export const describeConfig = (config: Config): string =>
  [
    ...(config.context === undefined ? describeCluster(config) : describeContext(config)),
    ...(config.overlay ? [['overlay', describeOverlay(config.overlay, config)]] : []),
    [
      'limits',
      Object.entries(config.limits)
        .map(([name, ms]) => `${name} ${ms / 1000} s`)
        .join(', '),
    ],
  ]
    .map(([name, value]) => `  ${`${name}:`.padEnd(17)}${value}`)
    .join('\n')

/** The command that removes a cluster. */
export const cleanCommand = (cluster: string): string =>
  cluster === rows.cluster.absent ? 'npm run clean' : `E2E_CLUSTER=${cluster} npm run clean`

const describeStack = (name: StackName, releases: Releases) => {
  const { chart } = stackOf(name, releases)
  return chart ? `${name} ${chart.version}` : name
}
