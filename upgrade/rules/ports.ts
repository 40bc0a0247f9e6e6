import type { Fields, Named } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { isSame } from './common.ts'

type Ports = Named<Named<unknown>>
const portsOf = ({ ports = {} }: Fields) => ports as Ports
const withoutPorts = (fields: Fields, names: readonly string[]): Fields => ({
  ...fields,
  ports: Object.fromEntries(Object.entries(portsOf(fields)).filter(([name]) => !names.includes(name))),
})

/**
 * Ports of a Service that are gone or renamed.
 * @returns the findings, and the fields of both without these ports
 */
export const portChanges = (
  name: string,
  before: Fields,
  after: Fields,
): Readonly<{ differences: readonly Difference[]; rest: readonly [Fields, Fields] }> => {
  const [old, now] = [portsOf(before), portsOf(after)]
  const numbers = ({ port, nodePort, protocol }: Named<unknown>) => [port, nodePort, protocol]
  const gone = Object.entries(old)
    .filter(([port]) => !(port in now))
    .map(([port, fields]) => {
      const isSamePort = ([other, one]: readonly [string, Named<unknown>]) =>
        !(other in old) && isSame(numbers(one), numbers(fields))
      return { port, number: fields['port'], newName: Object.entries(now).find(isSamePort)?.[0] }
    })
  const handled = gone.flatMap(({ port, newName }) => [port, ...(newName === undefined ? [] : [newName])])
  const differences = gone.map(({ port, number, newName }) => {
    const finding = findingsAbout(`object/${name}/ports.${port}`, `object:${name}`)
    return newName === undefined
      ? finding(
          'new',
          'medium',
          `${name} no longer has port ${String(number)} (${port}): its clients are refused`,
          'set the old value in the values file, or tell its users',
        )
      : finding(
          'change',
          'medium',
          `${name}: the name of port ${String(number)} changed from ${port} to ${newName}`,
          'look for Ingresses and ServiceMonitors that use the old name',
        )
  })
  return { differences, rest: [withoutPorts(before, handled), withoutPorts(after, handled)] }
}
