import type { V1Node, V1Pod } from '@kubernetes/client-node'
import type { Kubernetes } from '../clients/kubernetes.ts'
import type { Target } from '../clients/prometheus.ts'
import { connectFrom, connectFromApiServer, vantagesOf, type Attempt } from './reachability.ts'
import { forbiddingPolicies } from './networkPolicies.ts'
import { podName, podTrouble } from './pods.ts'
import { internalAddress } from './nodes.ts'
import { describeCause } from './remedies.ts'

/** Attempts to connect to one port of a pod, or of a node, from several places. */
export type Attempts = Readonly<{
  /** `port 8000 of Pod default/shop-x7k2p` */
  what: string
  address: string
  node: string
  /** By the node they come from. */
  byNode: Readonly<Record<string, Attempt>>
  apiServer: Attempt
  /** Whether the kubelet of the node answers other nodes; undefined if that was not tried. */
  kubelet: Attempt | undefined
  /** The node of the client that cannot connect. */
  client: string | undefined
  /** Policies that forbid it to the client. */
  forbidden: readonly string[]
}>

/** What is wrong, and what to do. */
export type Located = Readonly<{ cause: string; remedy: string }>

const isFailure = (attempt: Attempt) => attempt !== 'reached' && attempt !== 'not tried'

/** `its own node worker2: reached; worker3: timed out; API server's proxy (control-plane): timed out` */
const describeAttempts = ({ node, byNode, apiServer }: Attempts): string => {
  const others = Object.entries(byNode).filter(([from]) => from !== node)
  const own = byNode[node] ?? 'not tried'
  return [
    `from its own node ${node}: ${own}`,
    ...others.map(([from, attempt]) => `from node ${from}: ${attempt}`),
    `from the API server's proxy: ${apiServer}`,
  ].join('; ')
}

const rulesOn = (node: string, address: string): string => {
  const [host = '', port = ''] = address.split(':')
  return `\`docker exec ${node} sh -c 'iptables-save; nft list ruleset' | grep -e ${host} -e ${port}\``
}

/** The attempts that count: where every node reaches the port, a proxy that did not answer in time was busy. */
const attemptsThatCount = ({ byNode, apiServer }: Attempts): readonly Attempt[] => {
  const nodes = Object.values(byNode)
  return nodes.length > 0 && nodes.every((attempt) => attempt === 'reached') ? nodes : [...nodes, apiServer]
}

/** Which hop fails, from where the address can be reached and from where not. */
export const locateFault = (attempts: Attempts): Located => {
  const { what, address, node, byNode, kubelet, client, forbidden } = attempts
  const tried = `${what} (${address}), ${describeAttempts(attempts)}`
  const own = byNode[node] ?? 'not tried'
  const others = Object.entries(byNode).filter(([from]) => from !== node)
  const all = attemptsThatCount(attempts)
  const failing = others.filter(([, attempt]) => isFailure(attempt)).map(([from]) => from)
  if (all.every((attempt) => attempt === 'not tried'))
    return {
      cause: `${what} (${address}) could not be tried from anywhere`,
      remedy: `\`kubectl debug node/${node} -it --image=docker.io/library/busybox:1.37\` gives a shell there`,
    }
  const [policy] = forbidden
  if (policy !== undefined && all.some(isFailure))
    return {
      cause: `${forbidden.join('; ')}: ${tried}`,
      remedy:
        'admit it in the ingress or egress rules of the policy, or delete the policy: `kubectl get networkpolicies -A`',
    }
  if (
    all.some((attempt) => attempt === 'refused') &&
    all.every((attempt) => !isFailure(attempt) || attempt === 'refused')
  )
    return {
      cause: `nothing listens on ${what}, or only on 127.0.0.1, or a rule rejects it: ${tried}`,
      remedy: 'correct the port or the listen address of the program where values/ or manifests/ set it',
    }
  if (isFailure(own))
    return {
      cause: `the port is cut off at the pod's own node: no node reaches it, although the kubelet, which probes from the node itself, calls the pod Ready: ${tried}`,
      remedy: `a firewall rule on ${node} drops it: ${rulesOn(node, address)}`,
    }
  if (!all.some(isFailure))
    return client === undefined
      ? { cause: `every node reaches it by now: ${tried}`, remedy: 'try again: the fault may have passed' }
      : {
          cause: `every node reaches it, so that the fault is at the client, on ${client}: ${tried}`,
          remedy: `a rule on ${client} that drops what leaves the client: ${rulesOn(client, address)}; a slow answer: raise scrapeTimeout`,
        }
  if (failing.length < others.length && failing.length > 0)
    return {
      cause: `node ${failing.join(' and ')} cannot reach it, other nodes can: ${tried}`,
      remedy: `the route or a rule on ${failing[0]}: \`docker exec ${failing[0]} ip route\`, ${rulesOn(failing[0] ?? '', address)}`,
    }
  if (kubelet !== undefined && isFailure(kubelet))
    return {
      cause: `node ${node} is cut off from the other nodes: its kubelet is not reached either (${kubelet}): ${tried}`,
      remedy: `\`docker network inspect kind\`, \`docker exec ${node} ip addr\``,
    }
  return {
    cause: `it is dropped on its way to node ${node}: only ${node} reaches it, although its kubelet answers the other nodes: ${tried}`,
    remedy: `a firewall rule or a missing route on ${node}: ${rulesOn(node, address)}, \`docker exec ${node} ip route\`; the network plugin: \`kubectl -n kube-system get pods -o wide\``,
  }
}

/** Everything of the cluster that a search for a network fault reads once. */
export type NetworkFacts = Readonly<{
  pods: readonly V1Pod[]
  nodes: readonly V1Node[]
  forbidden: (from: V1Pod | undefined, to: V1Pod, port: number) => readonly string[]
}>

export const readNetworkFacts = async ({ core, networking }: Kubernetes): Promise<NetworkFacts> => {
  const [{ items: pods }, { items: nodes }, { items: policies }, { items: namespaces }] = await Promise.all([
    core.listPodForAllNamespaces(),
    core.listNode(),
    networking.listNetworkPolicyForAllNamespaces(),
    core.listNamespace(),
  ])
  const forbidden: NetworkFacts['forbidden'] = (from, to, port) =>
    from === undefined ? [] : forbiddingPolicies(policies, { from, to, port, namespaces })
  return { pods, nodes, forbidden }
}

const kubeletPort = 10_250
/** A port of a pod or a node. */
type Destination = Readonly<{
  what: string
  host: string
  port: number
  node: string
  /** Where the API server connects to it. */
  proxyPath: string
  pod?: V1Pod
}>

export const podDestination = (pod: V1Pod, port: number, scheme = 'http', path = '/'): Destination => {
  const { metadata, spec, status } = pod
  const proxied = `${scheme === 'https' ? 'https:' : ''}${metadata?.name}:${port}`
  return {
    what: `port ${port} of Pod ${podName(pod)}`,
    host: status?.podIP ?? '',
    port,
    node: spec?.nodeName ?? '',
    proxyPath: `/api/v1/namespaces/${metadata?.namespace}/pods/${proxied}/proxy${path}`,
    pod,
  }
}

/** Connects to a destination from every node, and says which hop fails. */
const tryEverywhere = async (
  kubernetes: Kubernetes,
  facts: NetworkFacts,
  { what, host, port, node, proxyPath, pod }: Destination,
  client?: V1Pod,
): Promise<Attempts> => {
  const vantages = vantagesOf(facts.pods)
  const other = vantages.find((one) => one.node !== node)
  const nodeAddress = internalAddress(facts.nodes.find((one) => one.metadata?.name === node) ?? {})
  const [attempts, apiServer, kubelet] = await Promise.all([
    Promise.all(
      vantages.map(
        async (vantage) => [vantage.node, await connectFrom(kubernetes, vantage, host, port)] as const,
      ),
    ),
    connectFromApiServer(kubernetes, proxyPath),
    other && nodeAddress ? connectFrom(kubernetes, other, nodeAddress, kubeletPort) : undefined,
  ])
  return {
    what,
    address: `${host}:${port}`,
    node,
    byNode: Object.fromEntries(attempts),
    apiServer,
    kubelet,
    client: client?.spec?.nodeName,
    // What comes through a node port has no pod as its client: any other pod stands for it.
    forbidden: pod ? facts.forbidden(client ?? other?.pod, pod, port) : [],
  }
}

const isNetworkError = ({ health, lastError }: Target) =>
  health === 'down' &&
  /deadline exceeded|timeout|connection refused|no route to host|network is unreachable/i.test(lastError)

/** The pod or the node that a target is; undefined if it is neither, or a pod that is not Ready. */
const destinationOf = (
  { labels, scrapeUrl }: Target,
  { pods, nodes }: NetworkFacts,
): Destination | undefined => {
  const { protocol, port: urlPort, pathname, hostname } = new URL(scrapeUrl)
  const scheme = protocol.replace(':', '')
  const port = Number(urlPort || (scheme === 'https' ? 443 : 80))
  const pod = pods.find(
    ({ metadata }) => metadata?.namespace === labels['namespace'] && metadata?.name === labels['pod'],
  )
  if (pod) return podTrouble(pod) === undefined ? podDestination(pod, port, scheme, pathname) : undefined
  const node = nodes.find((one) => internalAddress(one) === hostname)?.metadata?.name
  if (node === undefined || port !== kubeletPort) return undefined
  const proxyPath = `/api/v1/nodes/${node}/proxy/healthz`
  return { what: `the kubelet of node ${node}`, host: hostname, port, node, proxyPath }
}

// Each costs a command on every node.
const triedTargets = 2

/** The name that a target could not be resolved by. */
const unresolvedName = ({ health, lastError }: Target): string | undefined =>
  health === 'down' ? /\blookup ([\w.-]+)/.exec(lastError)?.[1]?.replace(/\.$/, '') : undefined

// It exists in every cluster.
const knownName = 'kubernetes.default.svc.cluster.local'

/** Whether DNS fails as a whole, or a name does not exist. */
export const locateLookupFault = (name: string, known: Attempt): string =>
  known === 'name not resolved' || known === 'not tried'
    ? `${name} is not resolved because DNS fails in the cluster: ${knownName} is not resolved either\n` +
      '  remedy: `kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide` and their logs; Service kube-system/kube-dns must have endpoints'
    : `${name} does not exist, while DNS works: ${knownName} is resolved\n` +
      '  remedy: correct the name where the monitor, the Probe or the ScrapeConfig has it, or create its Service'

const explainLookups = async (
  kubernetes: Kubernetes,
  { pods }: NetworkFacts,
  names: readonly string[],
): Promise<readonly string[]> => {
  const [vantage] = vantagesOf(pods)
  if (names.length === 0 || vantage === undefined) return []
  const known = await connectFrom(kubernetes, vantage, knownName, 443)
  return [...new Set(names)].slice(0, triedTargets).map((name) => locateLookupFault(name, known))
}

/** Which hop fails on the way to the targets that Prometheus cannot connect to, though their pods are Ready. */
export const explainTargets = async (
  kubernetes: Kubernetes,
  targets: readonly Target[],
): Promise<readonly string[]> => {
  const names = targets.flatMap((target) => unresolvedName(target) ?? [])
  const unreachable = targets.filter(
    (target) => isNetworkError(target) && unresolvedName(target) === undefined,
  )
  if (unreachable.length + names.length === 0) return []
  const facts = await readNetworkFacts(kubernetes)
  const client = facts.pods.find(
    ({ metadata }) => metadata?.labels?.['app.kubernetes.io/name'] === 'prometheus',
  )
  const destinations = unreachable.flatMap((target) => destinationOf(target, facts) ?? [])
  // Several paths of one port have the same fault.
  const distinct = destinations.filter(
    ({ host, port }, index) =>
      destinations.findIndex((one) => one.host === host && one.port === port) === index,
  )
  const tried = distinct
    .slice(0, triedTargets)
    .map(async (destination) =>
      describeCause(locateFault(await tryEverywhere(kubernetes, facts, destination, client))),
    )
  return [...(await Promise.all(tried)), ...(await explainLookups(kubernetes, facts, names))]
}

/** A Service that does not answer at its node port although its pods are Ready. */
export type SilentService = Readonly<{
  /** `Service monitoring/grafana` */
  what: string
  pod: V1Pod
  /** The port of the pod, of the Service and of the nodes. */
  podPort: number
  clusterIP: string
  port: number
  nodePort: number
}>

/** From the pod outwards: which hop between it and this machine fails first. */
export const locateServiceFault = (
  { what, clusterIP, port, nodePort, pod }: SilentService,
  toPod: Attempts,
  toService: Readonly<Record<string, Attempt>>,
  toNodePort: Attempt,
  controlPlane: string,
): Located => {
  if (attemptsThatCount(toPod).some(isFailure)) return locateFault(toPod)
  const failing = Object.entries(toService).filter(([, attempt]) => isFailure(attempt))
  const nodes = failing.map(([node]) => node)
  const reached = `${toPod.what} is reached from every node`
  if (nodes.length > 0)
    return {
      cause:
        `${reached}, but the ClusterIP of ${what}, ${clusterIP}:${port}, is not from node ${nodes.join(', ')}: ${failing[0]?.[1]}: ` +
        'kube-proxy has no rule for it there',
      remedy: `\`kubectl -n kube-system logs -l k8s-app=kube-proxy --tail=50\`, \`docker exec ${nodes[0]} iptables-save -t nat | grep ${clusterIP}\``,
    }
  if (isFailure(toNodePort))
    return {
      cause:
        `${reached}, and so is the ClusterIP of ${what}, but not node port ${nodePort} of node ${controlPlane}: ${toNodePort}: ` +
        'kube-proxy does not forward it there, or another rule takes it first',
      remedy: `\`docker exec ${controlPlane} iptables-save -t nat | grep -e ${nodePort} -e PREROUTING\`; \`kubectl -n kube-system rollout restart daemonset kube-proxy\` writes the rules anew`,
    }
  return {
    cause: `${reached}, and so are the ClusterIP of ${what} and node port ${nodePort} of node ${controlPlane}: the fault is between this machine and that node`,
    remedy:
      `\`docker port ${controlPlane} ${nodePort}/tcp\` shows whether the port of this machine is mapped (extraPortMappings of kind-config.yaml, applied when the cluster is created); ` +
      `\`kubectl -n ${pod.metadata?.namespace} port-forward ${pod.metadata?.name} ${toPod.address.split(':')[1]}\` works around it`,
  }
}

/** Which hop fails between the pod of a Service and this machine. */
export const explainSilentService = async (
  kubernetes: Kubernetes,
  service: SilentService,
): Promise<Located> => {
  const facts = await readNetworkFacts(kubernetes)
  const vantages = vantagesOf(facts.pods)
  const controlPlane = facts.nodes.find(
    ({ metadata }) => metadata?.labels?.['node-role.kubernetes.io/control-plane'] !== undefined,
  )
  const nodeAddress = controlPlane && internalAddress(controlPlane)
  // Its own address, seen from its own pods, takes other rules.
  const outside = vantages.find(({ node }) => node !== controlPlane?.metadata?.name)
  const [toPod, toService, toNodePort] = await Promise.all([
    tryEverywhere(kubernetes, facts, podDestination(service.pod, service.podPort)),
    Promise.all(
      vantages.map(
        async (vantage) =>
          [vantage.node, await connectFrom(kubernetes, vantage, service.clusterIP, service.port)] as const,
      ),
    ),
    outside && nodeAddress
      ? connectFrom(kubernetes, outside, nodeAddress, service.nodePort)
      : ('not tried' as const),
  ])
  return locateServiceFault(
    service,
    toPod,
    Object.fromEntries(toService),
    toNodePort,
    controlPlane?.metadata?.name ?? 'the control plane',
  )
}
