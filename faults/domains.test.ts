import { expect, test } from 'vitest'
import { injectSideBySide } from './domains.ts'
import { faults, type Fault } from './table.ts'

const fault = (name: string): Fault => {
  const found = faults.find((one) => one.name === name)
  if (!found) throw new Error(`no fault ${name}`)
  return found
}
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** Which faults were injected at the same time, and what each could not judge then. */
const injectAll = async (names: readonly string[], notRecovered?: string) => {
  const now = new Set<string>()
  const together: string[][] = []
  const except: Record<string, readonly string[]> = {}
  const left = await injectSideBySide(names.map(fault), async ({ name }, leftOut) => {
    now.add(name)
    await nextTurn()
    together.push([...now].sort())
    except[name] = leftOut()
    await nextTurn()
    now.delete(name)
    return name !== notRecovered
  })
  return { together, except, left: left.map(({ name }) => name) }
}

test('faults of different failure domains are injected together, and do not judge each other’s claims', async () => {
  const { together, except } = await injectAll(['dashboard-label', 'logs-excluded'])
  expect(together).toContainEqual(['dashboard-label', 'logs-excluded'])
  expect(except['dashboard-label']).toEqual(expect.arrayContaining(['logs-containers', 'dql-since']))
  expect(except['dashboard-label']).toContain('metrics-alerts')
  expect(except['dashboard-label']).not.toContain('grafana-dashboard-files')
  expect(except['dashboard-label']).not.toContain('prometheus-rules')
})

test('pods that another fault replaces are ignored, except by a fault about pods', async () => {
  const { except } = await injectAll(['pod-too-large', 'vector-host'])
  expect(except['vector-host']).toEqual(expect.arrayContaining(['cluster-pods', 'prometheus-inventory']))
  expect(except['pod-too-large']).not.toContain('cluster-pods')
})

test('faults of one failure domain are injected one after the other', async () => {
  const { together, except } = await injectAll(['dashboard-label', 'dashboard-json'])
  expect(together).toEqual([['dashboard-label'], ['dashboard-json']])
  expect(except['dashboard-json']).toEqual([])
})

test('a fault waits for those of the failure domains that it disturbs', async () => {
  const { together } = await injectAll(['logs-excluded', 'app-no-orders'])
  expect(together).toEqual([['logs-excluded'], ['app-no-orders']])
})

test('a fault that disturbs everything is alone, and comes first', async () => {
  const { together } = await injectAll(['dashboard-label', 'logs-excluded', 'node-stopped'])
  expect(together[0]).toEqual(['node-stopped'])
})

test('a claim of several domains is ignored if another fault breaks one of them', async () => {
  const { except } = await injectAll(['alert-silenced', 'logs-excluded'])
  expect(except['logs-excluded']).toEqual(expect.arrayContaining(['alerts-routes', 'config-accepted']))
})

test('nothing more is injected once the stack has not recovered, and the others ignore what is broken', async () => {
  const names = ['dashboard-label', 'dashboard-json', 'logs-excluded']
  const { left, except } = await injectAll(names, 'dashboard-label')
  expect(left).toEqual(['dashboard-json'])
  expect(except['logs-excluded']).toContain('grafana-dashboard-files')
})
