import { nodeContainers, ourCluster } from '../setup/cluster.ts'
import { loadConfigOrExit } from '../config/config.ts'
import { messageOf } from '../lib/messages.ts'
import { describeRemains, findRemains, removeCluster } from '../setup/remove.ts'
import { acquireRunLockOrExit } from '../setup/runLock.ts'

const { cluster, limits } = loadConfigOrExit(process.env)
const print = (line: string) => console.log(line)

try {
  await acquireRunLockOrExit(cluster, print)
  const strange = (await ourCluster(cluster)) ? [] : await nodeContainers(cluster, limits.command)
  if (strange.length > 0) {
    print(`cluster ${cluster} was not made from here, and is left alone: ${strange.join(', ')}`)
    print(`  remedy: kind delete cluster --name ${cluster}, if nobody needs it`)
    process.exitCode = 2
  } else {
    const remains = describeRemains(await findRemains(cluster, limits))
    print(
      remains ? `cluster ${cluster}: deleting ${remains}` : `cluster ${cluster}: nothing is there to delete`,
    )
    await removeCluster(cluster, limits)
    if (remains) print('deleted')
  }
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
