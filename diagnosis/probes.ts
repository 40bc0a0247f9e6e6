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
const describeProbe = ({ httpGet, tcpSocket, exec, grpc }: V1Probe): string =>
  httpGet
    ? `GET ${httpGet.scheme === 'HTTPS' ? 'https://' : ''}:${httpGet.port}${httpGet.path ?? '/'}`
    : tcpSocket
      ? `TCP :${tcpSocket.port}`
      : grpc
        ? `gRPC :${grpc.port}`
        : `exec ${(exec?.command ?? []).join(' ')}`

/** What the probe met with, without the address of the pod, which is that of one pod of many. */
const answerIn = (message: string): string => {
  const text = message.replace(/^\w+ probe failed: /, '').trim()
  const status = /statuscode: (\d+)/.exec(text)?.[1]
  if (status !== undefined) return `status ${status}`
  if (/Client\.Timeout exceeded|context deadline exceeded|i\/o timeout/.test(text)) return 'no answer in time'
  const limit = /timed out after (\S+)$/.exec(text)?.[1]
  if (limit !== undefined) return `timed out after ${limit}`
  return text.replace(/^Get "[^"]*": /, '').replace(/^dial tcp \S+: connect: /, '')
}

const portNumber = ({ ports = [] }: V1Container, port: number | string | undefined) =>
  ports.find(({ name }) => name === port)?.containerPort ?? port

const remedyFor = (
  pod: V1Pod,
  container: V1Container,
  probe: V1Probe,
  answer: string | undefined,
): string => {
  const [namespace, name] = [pod.metadata?.namespace, pod.metadata?.name]
  const port = portNumber(container, (probe.httpGet ?? probe.tcpSocket ?? probe.grpc)?.port)
  const log = `\`kubectl -n ${namespace} logs ${name} -c ${container.name}\``
  if (answer === 'connection refused')
    return `nothing listens on port ${port} of container ${container.name}: ${log} says how far it has come, else correct the port`
  if (answer === 'no answer in time' || answer?.includes('timed out'))
    return `see in ${log} what takes so long, or raise timeoutSeconds of the probe (${probe.timeoutSeconds ?? 1})`
  if (probe.httpGet && answer?.startsWith('status'))
    return `\`kubectl get --raw /api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy${probe.httpGet.path}\` has the whole answer`
  if (probe.exec)
    return `\`kubectl -n ${namespace} exec ${name} -c ${container.name} -- ${probe.exec.command?.join(' ')}\` has the whole answer`
  return `${log} says how far it has come`
}

/** The first of these probes that the kubelet says has failed, what it asks for and what it met with. */
export const failedProbe = (
  pod: V1Pod,
  container: V1Container,
  kinds: readonly ProbeKind[],
  evidence: Evidence | undefined,
): Readonly<{ cause: string; remedy: string }> | undefined => {
  const failures = eventsOf(evidence, 'Pod', pod.metadata, 'Unhealthy').filter(
    ({ involvedObject }) => involvedObject.fieldPath?.endsWith(`{${container.name}}`) ?? true,
  )
  const [found] = kinds.flatMap((kind) => {
    const probe = probeOf(container, kind)
    const failure = failures.find(({ message }) => message?.toLowerCase().startsWith(`${kind} probe`))
    if (!probe || failure?.message === undefined) return []
    const answer = answerIn(failure.message)
    return [
      {
        cause: `${kind} probe fails: ${describeProbe(probe)}: ${answer}`,
        remedy: remedyFor(pod, container, probe, answer),
      },
    ]
  })
  return found
}

/** Why a container that runs is not ready. */
export const unreadyCause = (
  pod: V1Pod,
  container: V1Container,
  started: boolean,
  evidence: Evidence | undefined,
): Cause => {
  const kind = container.startupProbe && !started ? 'startup' : 'readiness'
  const probe = probeOf(container, kind)
  if (!probe) return { cause: 'runs, and the kubelet has not yet called it ready' }
  const failed = failedProbe(pod, container, [kind], evidence)
  if (failed) return { cause: `runs, its ${failed.cause}`, remedy: failed.remedy }
  return {
    cause: `runs, its ${kind} probe has not passed: ${describeProbe(probe)}`,
    remedy: remedyFor(pod, container, probe, undefined),
  }
}
