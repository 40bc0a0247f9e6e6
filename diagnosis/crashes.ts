import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { countOf } from '../lib/messages.ts'
import { timeOf } from './evidence.ts'
import { failedProbe } from './probes.ts'
import { describeSeconds } from '../lib/progress.ts'
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

const startFailures = new Set(['CrashLoopBackOff', 'RunContainerError', 'StartError'])
export const isCrash = ({ state }: V1ContainerStatus): boolean =>
  startFailures.has(state?.waiting?.reason ?? '') || (state?.terminated?.exitCode ?? 0) !== 0

/** `3 restarts in 2 min 5 s`, from the start of the pod to the end of the last run */
const describeRestarts = (count: number, from: number | undefined, to: number | undefined) =>
  countOf(count, 'restart') +
  (from === undefined || to === undefined ? '' : ` in ${describeSeconds((to - from) / 1000)}`)

/** Why a container crashed, given that isCrash() is true. */
export const crashCause = (
  pod: V1Pod,
  container: V1Container,
  status: V1ContainerStatus,
  evidence: Evidence | undefined,
): Cause => {
  const { name, restartCount } = status
  const ended = status.state?.terminated ?? status.lastState?.terminated
  const code = ended?.exitCode
  const limit = container.resources?.limits?.['memory']
  const probe =
    code === 137 || code === 143 ? failedProbe(pod, container, ['startup', 'liveness'], evidence) : undefined
  const memory = ended?.reason === 'OOMKilled'
  const why = memory
    ? `out of memory, its limit is ${limit ?? 'that of its node'}`
    : probe
      ? `killed because its ${probe.cause}`
      : [code === undefined ? undefined : exitCodes[code], runtimeMessage(ended?.message)]
          .filter(Boolean)
          .join(': ')
  const exit = [code === undefined ? 'exit code unknown' : `exit code ${code}`, why]
    .filter(Boolean)
    .join(': ')
  const restarts =
    restartCount === 0
      ? ''
      : `, ${describeRestarts(restartCount, timeOf(pod.status?.startTime), timeOf(ended?.finishedAt))}`
  const run = restartCount > 0 ? ' --previous' : ''
  const log = `\`kubectl -n ${pod.metadata?.namespace} logs ${pod.metadata?.name} -c ${name}${run}\` shows the whole log`
  return {
    cause: `${restartCount > 0 ? 'keeps crashing' : 'crashed'}: ${exit}${restarts}`,
    remedy: memory
      ? limit === undefined
        ? 'give Docker more memory, or this container a limit'
        : `raise resources.limits.memory of container ${name} where values/ or manifests/ set it`
      : (probe?.remedy ??
        (code !== undefined && commandErrors.includes(code)
          ? `correct its command where values/ or manifests/ set it: ${commandOf(container)}`
          : log)),
    hopeless: restartCount >= 2,
    container: name,
  }
}
