import type { V1Container, V1Pod, V1Probe } from '@kubernetes/client-node'
import { eventsOf } from './evidence.ts'
import type { Cause, Evidence } from './types.ts'

type ProbeKind = 'startup' | 'readiness' | 'liveness'
const probeOf = (container: V1Container, kind: ProbeKind): V1Probe | undefined =>
  ({
    startup: container.startupProbe,
    readiness: container.readinessProbe,
    liveness: container.livenessProbe,
  })[kind]

/** `GET :8080/ready` */
const describeProbe = ({ httpGet, tcpSocket, exec }: V1Probe): string =>
  httpGet
    ? `GET :${httpGet.port}${httpGet.path ?? '/'}`
    : tcpSocket
      ? `TCP :${tcpSocket.port}`
      : `exec ${(exec?.command ?? []).join(' ')}`

/** The result of a probe, without the address, which differs from pod to pod. */
const resultIn = (message: string): string => {
  const text = message.replace(/^\w+ probe failed: /, '').trim()
  const status = /statuscode: (\d+)/.exec(text)?.[1]
  if (status !== undefined) return `status ${status}`
  if (/Client\.Timeout exceeded|context deadline exceeded|i\/o timeout/.test(text)) return 'timed out'
  const limit = /timed out after (\S+)$/.exec(text)?.[1]
  if (limit !== undefined) return `timed out after ${limit}`
  return text.replace(/^Get "[^"]*": /, '').replace(/^dial tcp \S+: connect: /, '')
}

const portNumber = ({ ports = [] }: V1Container, port: number | string | undefined) =>
  ports.find(({ name }) => name === port)?.containerPort ?? port

const remedyFor = (
  { metadata }: V1Pod,
  container: V1Container,
  probe: V1Probe,
  result: string | undefined,
): string => {
  const { namespace, name } = metadata ?? {}
  const port = portNumber(container, (probe.httpGet ?? probe.tcpSocket)?.port)
  const log = `\`kubectl -n ${namespace} logs ${name} -c ${container.name}\``
  if (result === 'connection refused')
    return `nothing listens on port ${port} of container ${container.name}: ${log} shows how far it has started; if it is up, correct the port`
  if (result?.startsWith('timed out'))
    return `see in ${log} what takes so long, or raise timeoutSeconds of the probe (${probe.timeoutSeconds ?? 1})`
  if (result?.startsWith('status'))
    return `\`kubectl get --raw /api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy${probe.httpGet?.path}\` shows the whole answer`
  if (probe.exec)
    return `\`kubectl -n ${namespace} exec ${name} -c ${container.name} -- ${probe.exec.command?.join(' ')}\` shows the whole answer`
  return `${log} shows how far it has started`
}

/** The first of these probes that has failed: its request, its result, and the remedy. */
export const failedProbe = (
  pod: V1Pod,
  container: V1Container,
  kinds: readonly ProbeKind[],
  evidence: Evidence | undefined,
): Cause | undefined => {
  const failures = eventsOf(evidence, 'Pod', pod.metadata, 'Unhealthy').filter(
    ({ involvedObject }) => involvedObject.fieldPath?.endsWith(`{${container.name}}`) ?? true,
  )
  for (const kind of kinds) {
    const probe = probeOf(container, kind)
    const message = failures.find((one) => one.message?.toLowerCase().startsWith(`${kind} probe`))?.message
    if (!probe || message === undefined) continue
    const result = resultIn(message)
    return {
      cause: `${kind} probe fails: ${describeProbe(probe)}: ${result}`,
      remedy: remedyFor(pod, container, probe, result),
    }
  }
  return undefined
}

/** Why a running container is not ready. */
export const unreadyCause = (
  pod: V1Pod,
  container: V1Container,
  started: boolean,
  evidence: Evidence | undefined,
): Cause => {
  const kind = container.startupProbe && !started ? 'startup' : 'readiness'
  const probe = probeOf(container, kind)
  if (!probe) return { cause: 'runs, but the kubelet has not reported it ready yet' }
  const { cause, remedy } = failedProbe(pod, container, [kind], evidence) ?? {
    cause: `${kind} probe has not passed: ${describeProbe(probe)}`,
    remedy: remedyFor(pod, container, probe, undefined),
  }
  return { cause: `runs, its ${cause}`, ...(remedy !== undefined && { remedy }) }
}
