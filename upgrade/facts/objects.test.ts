import { expect, test } from 'vitest'
import type { Kubernetes } from '../../setup/clients/kubernetes.ts'
import { observeObjects } from './objects.ts'

test('a Role that allows nothing, whose rules the API server gives as null', async () => {
  const role = { metadata: { name: 'grafana', namespace: 'monitoring' }, rules: null }
  const get = async (path: string) => ({ items: path.endsWith('/roles') ? [role] : [] })
  const { objects } = await observeObjects({ get } as unknown as Kubernetes)
  expect(objects).toEqual({ 'Role monitoring/grafana': { rules: [] } })
})
