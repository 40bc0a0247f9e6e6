import { expect, test } from 'vitest'
import { ourComponents } from '../../config/components.ts'
import { loadConfig } from '../../config/config.ts'
import { ourServers } from '../../config/endpoints.ts'
import type { Overlay } from '../../config/overlay.ts'
import { listOverlay } from '../../config/overlayFolder.ts'
import { stackNames } from '../../config/stacks.ts'
import { messageOf } from '../../lib/messages.ts'
import type { Run } from '../../setup/global.ts'
import { claimOf } from './checklist.ts'
import { notRunReason, waitForClaim, type Clients, type Probe } from './claim.ts'

test('a claim whose stacks are not selected is not run, with the reason', () => {
  const reason = (id: string) => notRunReason(claimOf(id), { stacks: ['opensearch', 'vector'] })
  expect(reason('vector-nodes')).toBeUndefined()
  expect(reason('cluster-nodes')).toBeUndefined()
  expect(reason('dql-since')).toBe('E2E_STACKS leaves out opensearch-dashboards')
  expect(reason('app-pods')).toBe('E2E_STACKS leaves out kube-prometheus-stack, custom-metrics-app')
})

test('nor is one about a server that the run cannot query', () => {
  const run = { stacks: stackNames, obstacles: { opensearch: 'its login is not known' } }
  expect(notRunReason(claimOf('vector-nodes'), run)).toBe('its login is not known')
  expect(notRunReason(claimOf('vector-pods'), run)).toBeUndefined()
})

/** Tries the claim vector-pods with another probe, for half a second. */
const tryProbe = (
  probe: Probe,
  failures: Run['failures'] = {},
  { limit, overlay }: Readonly<{ limit?: number; overlay?: Overlay }> = {},
) => {
  const { stacks, limits } = loadConfig({})
  const run = {
    id: 'r1',
    kubeconfig: '',
    stacks,
    components: ourComponents,
    servers: ourServers,
    obstacles: {},
    failures,
    limits: { ...limits, query: 500 },
    began: { at: 0, rejected: 0 },
    ...(overlay && { overlay }),
  }
  const claim = { ...claimOf('vector-pods'), probe, ...(limit !== undefined && { limit }) }
  return waitForClaim(claim, run, async () => ({}) as Clients)
}

test('a claim holds once its probe no longer throws', async () => {
  const shortfalls = ['one']
  await tryProbe(async () => {
    const shortfall = shortfalls.pop()
    if (shortfall !== undefined) throw new Error(shortfall)
  })
  expect(shortfalls).toEqual([])
})

test('a broken claim names its sentence and what was observed last', async () => {
  const text = await tryProbe(async () => {
    throw new Error('node worker has no pod of Vector\n  remedy: add a toleration')
  }).catch(messageOf)
  expect(String(text).replaceAll(/\d+\.\d s \(\d+ tr\w+\)/g, '<time>')).toMatchInlineSnapshot(`
    "one Ready pod on each node, all four on kind: not so after <time>
      last: node worker has no pod of Vector
              remedy: add a toleration"
  `)
})

test('a limit of its own grows and shrinks with the limits of the run', async () => {
  const fails = tryProbe(async () => Promise.reject(new Error('no')), {}, { limit: 24 })
  // 24 of 120 s, where the run has 0.5 s instead of 120 s. A busy machine ends the wait late.
  await expect(fails).rejects.toThrow(/not so after 0\.[1-4] s/)
})

test('a broken claim names the lines of the overlay that it is about', async () => {
  const shortfall = 'ServiceMonitor shop/checkout has no target'
  const text = await tryProbe(
    async () => {
      throw new Error(shortfall)
    },
    {},
    { overlay: listOverlay('examples/shop') },
  ).catch(messageOf)
  expect(text).toMatch(/has no target\n {2}from: manifests\/monitoring\.yaml:1 of the overlay$/)
})

test('a claim is not tried if something that it needs did not come up', async () => {
  const tried = tryProbe(async () => {}, { vector: 'chart vector could not be downloaded' })
  await expect(tried).rejects.toThrow('vector did not come up: chart vector could not be downloaded')
})
