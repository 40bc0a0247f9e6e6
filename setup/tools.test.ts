import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { run } from '../lib/run.ts'
import { belongsTo, findTool, parseVersion, tools, type Tool, type ToolsError } from './tools.ts'

const { limits } = loadConfig({})

test.each([
  ['kind v0.33.0 go1.26.8 linux/amd64', '0.33.0'],
  ['kind v0.34.0-alpha+1b2c3d go1.26.8 darwin/arm64', '0.34.0-alpha'],
  ['v4.3.1+g1f26f5c', '4.3.1'],
  ['v4.3.1', '4.3.1'],
  ['v4.3', '4.3'], // from `go install`, which leaves out the patch version
  [
    'version.BuildInfo{Version:"v4.3.1", GitCommit:"", GoVersion:"go1.26.8", KubeClientVersion:"v1.37"}',
    '4.3.1',
  ],
  ['v3.14.0+gc309b6f', '3.14.0'],
  ['Client: v2.16.1+gbbdfe5e', '2.16.1'],
  ['usage: kind [command]', undefined],
])('%s is version %s', (output, version) => {
  expect(parseVersion(output)).toBe(version)
})

test.each([
  ['0.33', '0.33.0', true],
  ['0.33', '0.33.7', true],
  ['0.33', '0.33.0-alpha', false],
  ['0.33', '0.330.0', false],
  ['4', '4.3', true],
  ['4', '40.0.0', false],
  ['4', '3.14.0', false],
])('series %s, version %s: %s', (series, version, fits) => {
  expect(belongsTo(series, version)).toBe(fits)
})

test.each([
  [tools.kind, 'https://github.com/kubernetes-sigs/kind/releases/download/v1.2.3/kind-darwin-arm64'],
  [tools.helm, 'https://get.helm.sh/helm-v1.2.3-darwin-arm64.tar.gz'],
])('the release of $name', ({ release }, url) => {
  expect(release('1.2.3', 'darwin-arm64')).toBe(url)
})

/** Serves one release: a script that prints its version, and its SHA-256. */
const released = async (script: string, sum = createHash('sha256').update(script).digest('hex')) => {
  const server = createServer(({ url }, response) => {
    response.end(url?.endsWith('.sha256sum') ? `${sum}  tool\n` : script)
  })
  const folder = await mkdtemp(join(tmpdir(), 'tools-'))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tool`
  const tool: Tool = {
    name: 'no-such-tool',
    version: '1.2.3',
    series: '1',
    versionArgs: ['version'],
    release: () => url,
    goPackage: '/nowhere', // Go rejects this path without a network request
  }
  return { tool, folder, url }
}

test('a tool is downloaded once and then taken from the cache', async () => {
  const { tool, folder } = await released('#!/bin/sh\necho tool v1.2.3\n')
  const found = await findTool(tool, limits, folder)
  expect(found).toEqual({ path: join(folder, 'no-such-tool-1.2.3'), origin: 'no-such-tool 1.2.3 (download)' })
  expect((await run(found.path, ['version'], { within: limits.command })).stdout).toBe('tool v1.2.3\n')
  expect((await findTool(tool, limits, folder)).origin).toBe('no-such-tool 1.2.3 (cache)')
  expect(await readdir(folder)).toEqual(['no-such-tool-1.2.3'])
})

test('two runs that download at the same time both get a complete file', async () => {
  const { tool, folder } = await released('#!/bin/sh\necho tool v1.2.3\n')
  const both = await Promise.all([findTool(tool, limits, folder), findTool(tool, limits, folder)])
  expect(both.map(({ origin }) => origin)).toEqual(Array(2).fill('no-such-tool 1.2.3 (download)'))
  expect(await readdir(folder)).toEqual(['no-such-tool-1.2.3'])
})

test('a tool that cannot be found or installed: the error has each reason and a remedy', async () => {
  const { tool, folder } = await released('#!/bin/sh\necho tool v1.2.3\n', 'c0ffee')
  const { message } = (await findTool(tool, limits, folder).catch((thrown: unknown) => thrown)) as ToolsError
  expect(message).toMatch(/PATH: +not found/)
  expect(message).toMatch(/download: .* SHA-256 .*376d6112.* c0ffee/)
  expect(message).toMatch(/go install: /)
  expect(message).toMatch(/remedy: .*no-such-tool 1\.2\.3 .*PATH/)
  expect(await readdir(folder)).toEqual([])
})
