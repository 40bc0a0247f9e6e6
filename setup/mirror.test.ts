import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { registries, writeMirrorFiles } from './mirror.ts'

test('only a run with a bundle keeps the nodes from asking registries', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'certs.d-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const read = (registry: string) => readFile(join(folder, registry, 'hosts.toml'), 'utf8')
  await writeMirrorFiles(folder, ['http://cache', 'http://mirror'], 'http://cache')
  for (const registry of [...registries, '_default'])
    expect(await read(registry)).toBe(
      'server = "http://cache"\n\n[host."http://cache"]\n  capabilities = ["pull", "resolve"]\n',
    )
  await writeMirrorFiles(folder, ['http://cache', 'http://mirror'])
  expect((await readdir(folder)).toSorted()).toEqual([...registries].toSorted())
  expect(await read('quay.io')).not.toContain('server')
})
