import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { run } from '../lib/run.ts'
import { belongsTo, describeMissing, findTool, parseVersion, tools, type Tool } from './tools.ts'

const { limits } = loadConfig({})

test.each([
  ['kind v0.33.0 go1.26.8 linux/amd64', '0.33.0'],
  ['kind v0.34.0-alpha+1b2c3d go1.26.8 darwin/arm64', '0.34.0-alpha'],
  ['v4.3.1+g1f26f5c', '4.3.1'],
  ['v4.3.1', '4.3.1'],
  ['v4.3', '4.3'], // of `go install`, which leaves the patch level out
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

test('the release of each tool', () => {
  expect(Object.values(tools).map(({ version, release }) => release(version, 'darwin-arm64')))
    .toMatchInlineSnapshot(`
    [
      "https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-darwin-arm64",
      "https://get.helm.sh/helm-v4.3.1-darwin-arm64.tar.gz",
    ]
  `)
})

test('each way that did not work is named', () => {
  const text = describeMissing(tools.kind, {
    path: 'kind 0.29.0 is there, 0.33.x is needed',
    download:
      'https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-linux-amd64.sha256sum: getaddrinfo ENOTFOUND github.com',
    goInstall:
      'env GOBIN=/tmp/x go install sigs.k8s.io/kind@v0.33.0\n  exited with code 1 after 0.4 s\n  | go: no such host\n',
  })
  expect(text).toMatchInlineSnapshot(`
    "kind 0.33.x could not be found or installed in any of three ways:
      PATH:       kind 0.29.0 is there, 0.33.x is needed
      download:   https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-linux-amd64.sha256sum: getaddrinfo ENOTFOUND github.com
      go install: env GOBIN=/tmp/x go install sigs.k8s.io/kind@v0.33.0
                    exited with code 1 after 0.4 s
                    | go: no such host
      remedy:     put kind 0.33.0 on PATH, or reach github.com (HTTPS_PROXY is honoured), or install Go"
  `)
})

/** A server of one release: a script that prints its version, and a SHA-256. */
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
    goPackage: '/nowhere', // refused by Go without asking anybody
  }
  return { tool, folder, url }
}

test('a tool is downloaded once, then taken from the cache', async () => {
  const { tool, folder } = await released('#!/bin/sh\necho tool v1.2.3\n')
  const found = await findTool(tool, limits, folder)
  expect(found).toEqual({ path: join(folder, 'no-such-tool-1.2.3'), origin: 'no-such-tool 1.2.3 (download)' })
  expect((await run(found.path, ['version'], { within: limits.command })).stdout).toBe('tool v1.2.3\n')
  expect((await findTool(tool, limits, folder)).origin).toBe('no-such-tool 1.2.3 (cache)')
  expect(await readdir(folder)).toEqual(['no-such-tool-1.2.3'])
})

test('two runs at once get a whole file each', async () => {
  const { tool, folder } = await released('#!/bin/sh\necho tool v1.2.3\n')
  const both = await Promise.all([findTool(tool, limits, folder), findTool(tool, limits, folder)])
  expect(both.map(({ origin }) => origin)).toEqual(Array(2).fill('no-such-tool 1.2.3 (download)'))
  expect(await readdir(folder)).toEqual(['no-such-tool-1.2.3'])
})

test('a download with another checksum than the published one is not used', async () => {
  const { tool, folder, url } = await released('#!/bin/sh\necho tool v1.2.3\n', 'c0ffee')
  const error = await findTool(tool, limits, folder).catch((thrown: unknown) => thrown)
  const lines = (error as Error).message.replaceAll(url, 'URL').split('\n')
  expect(lines.slice(0, 3)).toMatchInlineSnapshot(`
    [
      "no-such-tool 1.x could not be found or installed in any of three ways:",
      "  PATH:       there is none",
      "  download:   URL: its SHA-256 is 376d61129f6ab72495b5251f097b7cd3bf34a7cb180808a6ba42310867bf743c, published is c0ffee; not used",
    ]
  `)
  expect(await readdir(folder)).toEqual([])
})
