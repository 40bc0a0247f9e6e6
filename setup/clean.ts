import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { deleteCluster, kubeconfigOf, nodeContainers } from './cluster.ts'
import { loadConfigOrExit } from './config.ts'
import { CommandError } from './run.ts'
import { findTools, ToolsError } from './tools.ts'

const { cluster, limits } = loadConfigOrExit(process.env)
const folder = dirname(kubeconfigOf(cluster))

try {
  const [tools, containers] = await Promise.all([findTools(limits), nodeContainers(cluster, limits.command)])
  const found = [
    ...(containers.length > 0 ? [`${containers.length} node containers (${containers.join(', ')})`] : []),
    ...(existsSync(folder) ? [folder] : []),
  ]
  await deleteCluster(cluster, tools, limits.cluster)
  console.log(
    found.length > 0
      ? `cluster ${cluster} is deleted: ${found.join(' and ')}`
      : `cluster ${cluster}: nothing was there to delete`,
  )
} catch (error) {
  if (!(error instanceof ToolsError || error instanceof CommandError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
