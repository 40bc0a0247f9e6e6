import type { V1Pod } from '@kubernetes/client-node'
import { HttpError } from '../clients/http.ts'
import type { Kubernetes, Output } from '../clients/kubernetes.ts'
import { withLimit } from '../lib/eventually.ts'

/** How an attempt to connect ended. */
export type Attempt = 'reached' | 'timed out' | 'refused' | 'no route' | 'name not resolved' | 'not tried'

/** A pod from which connections can be tried: it runs in the pod network and has a program that does. */
export type Vantage = Readonly<{
  node: string
  pod: V1Pod
  command: (host: string, port: number) => readonly string[]
}>

// Seconds. A claim of a fault is tried for four; the network of one machine answers within milliseconds.
const patienceSeconds = 2

const nodeScript =
  "const [host, port] = process.argv.slice(1); require('net').connect(port, host)" +
  ".on('connect', () => process.exit(0)).on('error', (error) => { console.error(error.code); process.exit(1) })" +
  `.setTimeout(${patienceSeconds * 1000}, () => { console.error('ETIMEDOUT'); process.exit(1) })`

/** Pods of ours with a program that connects, by their label `app`. The first runs on every node. */
const connectors: Readonly<Record<string, Vantage['command']>> = {
  // Runs `true` once it is connected, and so ends at once whatever the server speaks.
  'log-emitter': (host, port) => ['nc', '-w', String(patienceSeconds), host, String(port), '-e', 'true'],
  'custom-metrics-app': (host, port) => ['node', '-e', nodeScript, host, String(port)],
}

/** The pods that can connect, one for each node that has one. */
export const vantagesOf = (pods: readonly V1Pod[]): readonly Vantage[] => {
  const all = Object.entries(connectors).flatMap(([app, command]) =>
    pods
      .filter(
        ({ metadata, status }) =>
          metadata?.labels?.['app'] === app &&
          metadata.deletionTimestamp === undefined &&
          status?.containerStatuses?.every(({ state }) => state?.running),
      )
      .map((pod) => ({ node: pod.spec?.nodeName ?? '', pod, command })),
  )
  return all.filter(({ node }, index) => all.findIndex((one) => one.node === node) === index)
}

/** What an error of a connection means, in the words of Go, Node or busybox; undefined if it is another error. */
export const readAttempt = (words: string): Attempt | undefined => {
  if (/refused/i.test(words)) return 'refused'
  if (/bad address|no such host|ENOTFOUND|EAI_AGAIN|server misbehaving/i.test(words))
    return 'name not resolved'
  if (/no route|unreachable|EHOSTUNREACH|ENETUNREACH/i.test(words)) return 'no route'
  if (/timed? ?out|timeout|deadline exceeded/i.test(words)) return 'timed out'
  return undefined
}

const attemptOf = ({ succeeded, stderr }: Output): Attempt =>
  succeeded ? 'reached' : (readAttempt(stderr) ?? 'not tried')

/** Connects from a pod to a host and port. Never throws. */
export const connectFrom = (
  { exec }: Kubernetes,
  { pod: { metadata, spec }, command }: Vantage,
  host: string,
  port: number,
): Promise<Attempt> => {
  const container = {
    namespace: metadata?.namespace ?? '',
    pod: metadata?.name ?? '',
    container: spec?.containers[0]?.name ?? '',
  }
  const tried = exec(container, command(host, port)).then(attemptOf)
  return withLimit(tried, (patienceSeconds + 1) * 1000).catch((): Attempt => 'not tried')
}

/** Connects from the API server, which runs on the control plane, to a path of a proxy subresource. Never throws. */
export const connectFromApiServer = ({ get }: Kubernetes, path: string): Promise<Attempt> =>
  withLimit(
    get(path).then((): Attempt => 'reached'),
    patienceSeconds * 1000,
  ).catch((error: unknown): Attempt => {
    if (!(error instanceof HttpError)) return 'timed out'
    const text = typeof error.body === 'string' ? error.body : JSON.stringify(error.body)
    // 503 is its own answer if it cannot connect; all others are the pod's, and a pod that closes the connection is reached.
    const cannotConnect = error.status === 503 && /dial|error trying to reach service/.test(text)
    return cannotConnect ? (readAttempt(text) ?? 'reached') : 'reached'
  })
