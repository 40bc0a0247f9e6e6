import { parentPort, workerData } from 'node:worker_threads'
import { replaySubject, subjects } from './replay.ts'
import { readDictionary } from './store.ts'

// One thread of `npm run replay`: its clock is its own.
const dictionary = await readDictionary()
for (const subject of subjects.filter(({ name }) => (workerData as readonly string[]).includes(name)))
  parentPort?.postMessage(await replaySubject(subject, dictionary))
