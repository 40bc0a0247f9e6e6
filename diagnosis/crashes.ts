import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { countOf } from '../lib/messages.ts'
import { describeSeconds } from '../lib/progress.ts'
import { timeOf } from './evidence.ts'
import { failedProbe } from './probes.ts'
import type { Cause, Evidence } from './types.ts'

// Codes set by the shell, the runtime or the kernel. A program's own codes have no common meaning.
const exitCodes: Readonly<Record<number, string>> = {
  0: 'the process exited but must keep running',
  126: 'the command is not executable',
  127: 'the command was not found',
  128: 'the command could not be started',
  137: 'killed (SIGKILL)',
  139: 'crashed (SIGSEGV)',
  143: 'terminated (SIGTERM)',
}
const commandErrors = [0, 126, 127, 128]

// Each layer prefixes the message of runc, which is at the end.
const runtimeMessage = (message: string | undefined) =>
  message
    ?.trim()
    .replace(/^.*unable to start container process: /s, '')
    .replace(/: unknown$/, '')

const commandOf = ({ command = [], args = [] }: V1Container) =>
  [...command, ...args].join(' ').slice(0, 200) || 'the entrypoint of its image'

const startFailures = ['CrashLoopBackOff', 'RunContainerError', 'StartError']
export const isCrash = ({ state }: V1ContainerStatus): boolean =>
  startFailures.includes(state?.waiting?.reason ?? '') || (state?.terminated?.exitCode ?? 0) !== 0

/** `, 3 restarts in 2 min 5 s`, from the start of the pod to the end of the last run */
const describeRestarts = (count: number, from: number | undefined, to: number | undefined) => {
  if (count === 0) return ''
  const within = from === undefined || to === undefined ? '' : ` in ${describeSeconds((to - from) / 1000)}`
  return `, ${countOf(count, 'restart')}${within}`
}

/** What an exit code means, and the remedy if it is not in the log. */
const exitReason = (
  pod: V1Pod,
  container: V1Container,
  status: V1ContainerStatus,
  evidence: Evidence | undefined,
): Partial<Cause> => {
  const { exitCode: code, reason, message } = status.state?.terminated ?? status.lastState?.terminated ?? {}
  const limit = container.resources?.limits?.['memory']
  if (reason === 'OOMKilled')
    return {
      cause: `out of memory, its limit is ${limit ?? 'that of its node'}`,
      remedy: limit
        ? `raise resources.limits.memory of container ${container.name} where values/ or manifests/ set it`
        : 'give Docker more memory, or this container a limit',
    }
  const killed = code === 137 || code === 143
  const probe = killed ? failedProbe(pod, container, ['startup', 'liveness'], evidence) : undefined
  if (probe) return { ...probe, cause: `killed because its ${probe.cause}` }
  const cause = [exitCodes[code ?? NaN], runtimeMessage(message)].filter(Boolean).join(': ')
  return {
    ...(cause && { cause }),
    ...(commandErrors.includes(code ?? NaN) && {
      remedy: `correct its command where values/ or manifests/ set it: ${commandOf(container)}`,
    }),
  }
}

/** Why a container crashed, given that isCrash() is true. */
export const crashCause = (
  pod: V1Pod,
  container: V1Container,
  status: V1ContainerStatus,
  evidence: Evidence | undefined,
): Cause => {
  const { name, restartCount } = status
  const ended = status.state?.terminated ?? status.lastState?.terminated
  const { cause, remedy } = exitReason(pod, container, status, evidence)
  const exit = [`exit code ${ended?.exitCode ?? 'unknown'}`, cause].filter(Boolean).join(': ')
  const restarts = describeRestarts(restartCount, timeOf(pod.status?.startTime), timeOf(ended?.finishedAt))
  const previous = restartCount > 0 ? ' --previous' : ''
  const log = `kubectl -n ${pod.metadata?.namespace} logs ${pod.metadata?.name} -c ${name}${previous}`
  return {
    cause: `${restartCount > 0 ? 'keeps crashing' : 'crashed'}: ${exit}${restarts}`,
    remedy: remedy ?? `\`${log}\` shows the whole log`,
    hopeless: restartCount >= 2,
    container: name,
  }
}
