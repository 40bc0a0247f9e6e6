import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { loadConfigOrExit } from '../config/config.ts'
import { exitWith } from '../lib/exit.ts'
import { countOf, describeBytes, messageOf } from '../lib/messages.ts'
import { nodeContainers, ourCluster } from '../setup/cluster.ts'
import { imageBytes, imageFolder } from '../setup/imageStore.ts'
import { findStores, removeDerivedImages, removeStores, volumeBytes } from '../setup/nodeStores.ts'
import { describeRemains, findRemains, removeCluster } from '../setup/remove.ts'
import { acquireRunLockOrExit } from '../setup/runLock.ts'

const print = (line: string) => console.log(line)

const readArguments = () => {
  try {
    return parseArgs({ options: { images: { type: 'boolean', default: false } } }).values
  } catch (error) {
    exitWith(`${messageOf(error)}\nusage: npm run clean [-- --images]\nnothing was deleted`)
  }
}

const { images } = readArguments()
const { cluster, limits } = loadConfigOrExit(process.env)

/** Deletes the image cache and the node stores, except those of a cluster that exists, of this checkout or another. */
const removeImages = async () => {
  const stores = await findStores(limits.command)
  const clusters = [...new Set(stores.map((store) => store.cluster))]
  const existing = await Promise.all(
    clusters.map(async (name) => ((await nodeContainers(name, limits.command)).length > 0 ? name : [])),
  )
  const inUse = existing.flat()
  const unused = stores.filter((store) => !inUse.includes(store.cluster)).map(({ volume }) => volume)
  const bytes = (await volumeBytes(unused, limits.command)) + (await imageBytes())
  await removeStores(unused, limits.command)
  await removeDerivedImages(limits.command)
  await rm(imageFolder, { recursive: true, force: true })
  const deleted = `${countOf(unused.length, 'node store')} and the image cache, ${describeBytes(bytes)} in total`
  print(`images: deleted ${deleted}`)
  if (inUse.length > 0)
    print(`images: kept the node stores of ${inUse.join(', ')}, because the cluster exists`)
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
