import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { connectKubernetes } from '../clients/kubernetes.ts'
import { kubeconfigOf, ourCluster } from '../setup/cluster.ts'
import { ourComponents } from '../config/components.ts'
import { ourServers } from '../config/endpoints.ts'
import { loadConfigOrExit } from '../config/config.ts'
import { outFolder } from '../lib/steps.ts'
import { findToolsOrExit } from '../setup/tools.ts'
import { secondsSinceChange } from '../upgrade/facts/helm.ts'
import type { Observation } from '../upgrade/observation.ts'
import { observe } from '../upgrade/observe.ts'
import { longWindowSeconds } from '../upgrade/stability.ts'
import { writeObservation } from '../upgrade/write.ts'

const print = (line: string) => console.log(line)
const config = loadConfigOrExit(process.env)
const [file = join(outFolder, 'observation.json'), beforeFile, ...others] = process.argv.slice(2)
if (others.length > 0) {
  print('usage: npm run observe [-- FILE [BEFORE]], where BEFORE is an earlier file of `npm run observe`')
  process.exit(2)
}
if (!(await ourCluster(config.cluster))) {
  print(`this checkout has no cluster ${config.cluster}; \`E2E_KEEP=1 npm test\` creates one and keeps it`)
  process.exit(2)
}
const { helm } = await findToolsOrExit(config, print)
const kubeconfig = kubeconfigOf(config.cluster)
const kubernetes = await connectKubernetes(kubeconfig)
const access = { helm, kubeconfig, within: config.limits.command }
const window = Math.min(await secondsSinceChange(access), longWindowSeconds)
const before =
  beforeFile === undefined ? undefined : (JSON.parse(await readFile(beforeFile, 'utf8')) as Observation)
const observed = { kubernetes, helm: access, components: ourComponents, servers: ourServers }
const observation = await observe(observed, Math.ceil(window), before)
await mkdir(dirname(file), { recursive: true })
await writeObservation(file, observation)
print(`observed at ${observation.takenAt}: ${file}`)
