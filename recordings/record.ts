import { connectKubernetes } from '../clients/kubernetes.ts'
import { describeConfig, type Config } from '../config/config.ts'
import { eventually } from '../lib/eventually.ts'
import { passwordsOf, redactObject } from '../report/redact.ts'
import { imageVersions, nodeVersions, readToolVersions } from '../report/versions.ts'
import type { Run } from '../setup/global.ts'
import { cleanExchange, replaceIn, type Replacements } from './clean.ts'
import { replayLook, takeLook, type Look } from './look.ts'
import { recordCommand, replayShortfalls, subjectShortfall, type Subject } from './replay.ts'
import { writeRecording, type Recording } from './store.ts'

// Milliseconds for looks that do not decide: a rate that needs one more sample, or a line that is on its way.
const within = 120_000

/** What all recordings of a cluster have in common. */
export type Recorder = Pick<Recording, 'versions' | 'settings'> & Readonly<{ replacements: Replacements }>

export const startRecorder = async (config: Config, { kubeconfig, servers }: Run): Promise<Recorder> => {
  const { core } = await connectKubernetes(kubeconfig)
  const [tools, nodes, pods] = await Promise.all([
    readToolVersions(config),
    core.listNode(),
    core.listPodForAllNamespaces(),
  ])
  const { registryMirror } = config
  const replacements = {
    [process.cwd()]: '/checkout',
    ...Object.fromEntries(passwordsOf(servers).map((password) => [password, 'REDACTED'])),
    ...(registryMirror === undefined ? {} : { [new URL(registryMirror).host]: 'registry.example' }),
    ...(config.chartFolder === undefined ? {} : { [config.chartFolder]: '/charts' }),
  }
  const versions = { ...tools, ...nodeVersions(nodes.items), ...imageVersions(pods.items) }
  return { versions, settings: replaceIn(replacements)(describeConfig(config)), replacements }
}

/** Keeps only the exchanges that a replay asks for: a claim may ask differently the second time. */
const expectReplays = async (subject: Subject, look: Look): Promise<Look> => {
  const replayed = await replayLook(look, recordCommand([subject.name]))
  const exchanges = look.exchanges.filter((exchange) => replayed.used.has(exchange))
  const [shortfall] = replayShortfalls(subject, { ...look, exchanges }, replayed)
  if (shortfall !== undefined) throw new Error(`on replay: ${shortfall}`)
  return { ...look, exchanges }
}

/**
 * Takes looks until one decides every claim as expected, on the cluster and again on replay, and keeps that one.
 * @returns how large it is: `214 exchanges, 41 kB`
 */
export const recordSubject = (
  { replacements, ...facts }: Recorder,
  subject: Subject,
  run: Run,
): Promise<string> =>
  eventually(
    `a single look at ${subject.name} decides every claim`,
    async () => {
      const { look, outcomes } = await takeLook(run)
      const shortfall = subjectShortfall(subject, outcomes)
      if (shortfall !== undefined) throw new Error(shortfall)
      const clean = {
        ...look,
        run: JSON.parse(replaceIn(replacements)(JSON.stringify(redactObject(look.run)))) as Run,
        exchanges: look.exchanges.map((exchange) => cleanExchange(exchange, replacements)),
      }
      const kept = await expectReplays(subject, clean)
      const bytes = await writeRecording(subject.name, { ...kept, ...facts })
      return `${kept.exchanges.length} exchanges, ${(bytes / 1000).toFixed(0)} kB`
    },
    { within },
  )
