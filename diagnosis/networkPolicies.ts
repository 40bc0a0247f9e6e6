import type {
  V1LabelSelector,
  V1Namespace,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1Pod,
} from '@kubernetes/client-node'
import { matches } from '../clients/selectors.ts'

/** A connection between two pods, and the namespaces by whose labels policies select. */
export type Connection = Readonly<{
  from: V1Pod
  to: V1Pod
  port: number
  namespaces: readonly V1Namespace[]
}>

const labelsOfNamespace = (name: string | undefined, namespaces: readonly V1Namespace[]) =>
  namespaces.find(({ metadata }) => metadata?.name === name)?.metadata?.labels ?? {}

const selects = (
  selector: V1LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
) => matches(selector ?? {}, labels)

const bits = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

/** Whether an IPv4 address is in a block such as `10.244.0.0/16`. */
const isWithin = (ip: string, cidr: string): boolean => {
  const [base = '', length = '32'] = cidr.split('/')
  const size = 2 ** (32 - Number(length))
  return Math.floor(bits(ip) / size) === Math.floor(bits(base) / size)
}

const isPeer = (
  { ipBlock, namespaceSelector, podSelector }: V1NetworkPolicyPeer,
  pod: V1Pod,
  policyNamespace: string | undefined,
  namespaces: readonly V1Namespace[],
): boolean => {
  const ip = pod.status?.podIP ?? ''
  if (ipBlock)
    return isWithin(ip, ipBlock.cidr) && !(ipBlock.except ?? []).some((block) => isWithin(ip, block))
  const inNamespace = namespaceSelector
    ? selects(namespaceSelector, labelsOfNamespace(pod.metadata?.namespace, namespaces))
    : pod.metadata?.namespace === policyNamespace
  return inNamespace && selects(podSelector, pod.metadata?.labels)
}

const isPort = (
  { port, endPort, protocol = 'TCP' }: V1NetworkPolicyPort,
  wanted: number,
  pod: V1Pod,
): boolean => {
  if (protocol !== 'TCP') return false
  if (port === undefined) return true
  if (typeof port === 'number') return port <= wanted && wanted <= (endPort ?? port)
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? [])
  return ports.some(({ name, containerPort }) => name === port && containerPort === wanted)
}

type Rule = Readonly<{ peers: readonly V1NetworkPolicyPeer[]; ports: readonly V1NetworkPolicyPort[] }>

/** The policies of one direction that select a pod, and those of their rules that could admit something. */
const policiesOf = (direction: 'Ingress' | 'Egress', pod: V1Pod, policies: readonly V1NetworkPolicy[]) =>
  policies
    .filter(
      ({ metadata, spec }) =>
        metadata?.namespace === pod.metadata?.namespace &&
        selects(spec?.podSelector, pod.metadata?.labels) &&
        // Without policyTypes, a policy is about ingress, and about egress if it has such rules.
        (spec?.policyTypes ?? ['Ingress', ...(spec?.egress ? ['Egress'] : [])]).includes(direction),
    )
    .map(({ metadata, spec }) => {
      const rules: readonly Rule[] =
        direction === 'Ingress'
          ? (spec?.ingress ?? []).map(({ _from = [], ports = [] }) => ({ peers: _from, ports }))
          : (spec?.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }))
      return { name: `${metadata?.namespace}/${metadata?.name}`, namespace: metadata?.namespace, rules }
    })

/**
 * The NetworkPolicies that forbid a connection: those that select one end, if none of them admits it.
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export const forbiddingPolicies = (
  policies: readonly V1NetworkPolicy[],
  { from, to, port, namespaces }: Connection,
): readonly string[] => {
  const name = (pod: V1Pod) => `Pod ${pod.metadata?.namespace}/${pod.metadata?.name}`
  return (
    [
      ['Ingress', to, from],
      ['Egress', from, to],
    ] as const
  ).flatMap(([direction, subject, peer]) => {
    // Policies do not apply to pods in the network of their node.
    if (subject.spec?.hostNetwork === true) return []
    const selecting = policiesOf(direction, subject, policies)
    const admits = selecting.some(({ rules, namespace }) =>
      rules.some(
        ({ peers, ports }) =>
          (peers.length === 0 || peers.some((one) => isPeer(one, peer, namespace, namespaces))) &&
          (ports.length === 0 || ports.some((one) => isPort(one, port, to))),
      ),
    )
    if (selecting.length === 0 || admits) return []
    const names = selecting.map((policy) => `NetworkPolicy ${policy.name}`).join(' and ')
    const verb = selecting.length === 1 ? 'selects' : 'select'
    return [
      direction === 'Ingress'
        ? `${names} ${verb} ${name(to)} and ${selecting.length === 1 ? 'does' : 'do'} not admit ${name(from)} to port ${port}`
        : `${names} ${verb} ${name(from)} and ${selecting.length === 1 ? 'does' : 'do'} not let it reach port ${port} of ${name(to)}`,
    ]
  })
}
