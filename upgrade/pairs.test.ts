import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { redactObject } from '../report/redact.ts'
import { describeComparison, pairsFolder, readPair } from './pairs.ts'

test('each recorded pair is compared as when it was recorded, and has no credentials', async () => {
  for (const file of await readdir(pairsFolder).catch(() => [])) {
    const { before, after, findings } = await readPair(file)
    expect(describeComparison(before, after), file).toEqual(findings)
    const pair = { before, after }
    expect(redactObject(pair), file).toEqual(pair)
  }
})
