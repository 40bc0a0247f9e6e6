import type { V1NetworkPolicySpec } from '@kubernetes/client-node'
import { matches } from '../../../clients/selectors.ts'
import type { Fields } from '../../observation.ts'
import { distinct, named } from '../named.ts'
import type { Found } from './found.ts'
import { containersOf, type Workload } from './workloads.ts'

/** A workload and its name in the observation. */
type NamedWorkload = Readonly<{ name: string; object: Found }>

type Ingress = NonNullable<V1NetworkPolicySpec['ingress']>[number] & Readonly<{ from?: readonly unknown[] }>
type ContainerPort = Readonly<{ name?: string; containerPort: number }>

/** Who may connect to a port of a pod that a policy selects. */
const admittedTo = ({ name, containerPort }: ContainerPort, rules: readonly Ingress[]): string => {
  const admitting = rules.filter(({ ports = [] }) =>
    ports.length === 0
      ? true
      : ports.some(({ port, endPort }) =>
          typeof port === 'number'
            ? port <= containerPort && containerPort <= (endPort ?? port)
            : port === undefined || port === name,
        ),
  )
  if (admitting.length === 0) return 'nobody'
  return admitting.some(({ from = [] }) => from.length === 0) ? 'everyone' : 'some'
}

/** What the pods that a policy selects may connect to. */
const reachedBy = (rules: NonNullable<V1NetworkPolicySpec['egress']>): string => {
  if (rules.length === 0) return 'nothing'
  return rules.some(({ to = [], ports = [] }) => to.length === 0 && ports.length === 0)
    ? 'everything'
    : 'some'
}

/**
 * Who may connect to the pods that a policy selects, by `Kind namespace/name: port` of their workloads, and what these pods
 * may connect to.
 */
export const policyFields = ({ metadata, spec }: Found, workloads: readonly NamedWorkload[]): Fields => {
  const { podSelector, policyTypes = ['Ingress'], ingress = [], egress = [] } = spec as V1NetworkPolicySpec
  const selected = workloads.filter(
    ({ object }) =>
      object.metadata?.namespace === metadata?.namespace &&
      matches(podSelector ?? {}, (object.spec as Workload).template.metadata?.labels),
  )
  const admits = selected.flatMap(({ name, object }) =>
    containersOf(object.spec as Workload)
      .flatMap(({ ports = [] }) => ports)
      .map((port) => [`${name}: ${port.name ?? port.containerPort}`, admittedTo(port, ingress)] as const),
  )
  return {
    selects: selected.map(({ name }) => name),
    policyTypes: distinct(policyTypes),
    admits: policyTypes.includes('Ingress') ? named(admits) : {},
    ...(policyTypes.includes('Egress') && { egress: reachedBy(egress) }),
  }
}
