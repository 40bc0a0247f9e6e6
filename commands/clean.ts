import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { loadConfigOrExit } from '../config/config.ts'
import { countOf, describeBytes, messageOf } from '../lib/messages.ts'
import { nodeContainers, ourCluster, ourClusters } from '../setup/cluster.ts'
import { imageBytes, imageFolder } from '../setup/imageStore.ts'
import { findStores, removeStores, storeBytes } from '../setup/nodeStores.ts'
import { describeRemains, findRemains, removeCluster } from '../setup/remove.ts'
import { acquireRunLockOrExit } from '../setup/runLock.ts'

const print = (line: string) => console.log(line)

const readArguments = () => {
  try {
    return parseArgs({ options: { images: { type: 'boolean', default: false } } }).values
  } catch (error) {
    console.error(`${messageOf(error)}\nusage: npm run clean [-- --images]\nnothing was deleted`)
    process.exit(2)
  }
}

const { images } = readArguments()
const { cluster, limits } = loadConfigOrExit(process.env)

/** Removes what is kept between runs, but for the stores that nodes of a cluster are using. */
const removeImages = async () => {
  const standing = await Promise.all(
    (await ourClusters()).map(async ({ name }) =>
      (await nodeContainers(name, limits.command)).length > 0 ? name : [],
    ),
  )
  const [all, ...inUse] = await Promise.all([
    findStores(limits.command),
    ...standing.flat().map((name) => findStores(limits.command, name)),
  ])
  const used = inUse.flat()
  const unused = all.filter((store) => !used.includes(store))
  const bytes = (await storeBytes(unused, limits.command)) + (await imageBytes())
  await removeStores(unused, limits.command)
  await rm(imageFolder, { recursive: true, force: true })
  print(
    `images: deleted ${countOf(unused.length, 'node store')} and the image cache, ${describeBytes(bytes)} in all`,
  )
  if (used.length > 0)
    print(
      `images: ${countOf(used.length, 'node store')} kept: in use by cluster ${standing.flat().join(', ')}`,
    )
}

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
  if (images) await removeImages()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
