import { expect, test } from 'vitest'
import { describeUnassigned } from './shards.ts'

test('a primary that two nodes refuse for the same reason', () => {
  const shard = {
    index: 'homeless',
    shard: 0,
    primary: true,
    state: 'UNASSIGNED',
    reason: 'INDEX_CREATED',
  }
  const filter =
    'filter: node does not match index setting [index.routing.allocation.require] filters [_name:"nobody"]'
  expect(describeUnassigned(shard, [filter, filter])).toMatchInlineSnapshot(`
    "primary 0 of homeless is unassigned: INDEX_CREATED; filter: node does not match index setting [index.routing.allocation.require] filters [_name:"nobody"]
      remedy: \`curl 'http://127.0.0.1:30920/homeless/_settings'\` has what the index asks for, \`curl 'http://127.0.0.1:30920/_cat/allocation?v'\` what the node has: correct what the reason names"
  `)
})
