import { join, resolve } from 'node:path'
import { archiveName } from './charts.ts'
import { pinnedNodeImage } from './cluster.ts'
import { describeConfig, loadConfigOrExit } from './config.ts'
import { describeFindings, isError } from './findings.ts'
import { collectFacts } from './machine.ts'
import { messageOf } from './messages.ts'
import { registries } from './mirror.ts'
import { findingsOf } from './preflight.ts'
import { stackOf, type Stack } from './stacks.ts'
import { findTools } from './tools.ts'

const section = (title: string, text: string) => console.log(`${title}\n${text}\n`)
const indent = (text: string) => text.replaceAll(/^/gm, '  ')

const rows = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([name, value]) => `  ${`${name}:`.padEnd(24)}${value}`).join('\n')

const sourceOf = ({ chart, manifests }: Stack, chartFolder: string | undefined): string => {
  if (!chart) return manifests.join(', ')
  if (chartFolder) return resolve(join(chartFolder, archiveName(chart)))
  return `${chart.name} ${chart.version} from ${chart.repository}`
}

const config = loadConfigOrExit(process.env)
section('settings', describeConfig(config))

const [tools, facts] = await Promise.allSettled([findTools(config.limits), collectFacts(config)])
section('tools', indent(tools.status === 'fulfilled' ? tools.value.origins : messageOf(tools.reason)))

if (facts.status === 'rejected') throw facts.reason
const findings = findingsOf(facts.value, config)
section('preflight', indent(describeFindings(findings)))

section(
  'a run would use',
  rows([
    ['node image', config.nodeImage ?? (await pinnedNodeImage())],
    ...config.stacks.map((name): [string, string] => [name, sourceOf(stackOf(name), config.chartFolder)]),
    ...registries.map((name): [string, string] => [
      name,
      config.registryMirror ? `through ${config.registryMirror}` : 'directly',
    ]),
  ]),
)
process.exitCode = tools.status === 'rejected' || findings.some(isError) ? 2 : 0
