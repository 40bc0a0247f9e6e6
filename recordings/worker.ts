import { parentPort, workerData } from 'node:worker_threads'
import { replaySubject } from './replay.ts'
import { readDictionary } from './store.ts'

// One thread of `npm run replay`: its clock is its own.
const dictionary = await readDictionary()
for (const name of workerData as readonly string[])
  parentPort?.postMessage(await replaySubject(name, dictionary))
