import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { parseHostPorts, parseLsof, parseProcNet, usesOf } from './ports.ts'

test('the host ports of a kind configuration, with their owners', () => {
  const kindConfig = `
nodes:
  - role: control-plane
    extraPortMappings:
      - {hostPort: 30090, containerPort: 30090} # Prometheus
      - {hostPort: 30300, containerPort: 30300}
  - role: worker
`
  expect(parseHostPorts(kindConfig)).toEqual([
    { port: 30090, owner: 'Prometheus' },
    { port: 30300, owner: 'a NodePort' },
  ])
})

test('listening sockets in /proc/net/tcp', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:758A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 27315 1 0000 100 0 0 10 0
   1: 0100007F:758A 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 27316 1 0000 20 4 30 10 -1
`
  expect([...parseProcNet(table)]).toEqual([['27315', 30090]])
})

test('listeners that lsof prints', () => {
  const printed =
    'p501\nccom.docker.backend\nf88\nn127.0.0.1:30090\nf90\nn*:30300\np77\ncnode\nf20\nn192.168.1.5:30903\n'
  expect(parseLsof(printed)).toEqual([
    { pid: 501, name: 'com.docker.backend', port: 30090 },
    { pid: 501, name: 'com.docker.backend', port: 30300 },
  ])
})

test('a port that this process holds', async () => {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  expect(await usesOf([{ port, owner: 'this test' }], 30_000)).toEqual([
    { port, owner: 'this test', taken: true, processes: [{ pid: process.pid, name: 'node' }] },
  ])
})
