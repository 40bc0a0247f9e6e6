import { clusterOf } from './nodes.ts'
import type { Cause } from './types.ts'

const pullFailures = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
])
export const isPullFailure = (reason: string | undefined) => reason !== undefined && pullFailures.has(reason)

/** The registry of an image reference, as containerd asks it. */
const registryOf = (image: string) => {
  const [first = '', ...rest] = image.split('/')
  const registry = rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io'
  return `https://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}`
}

/** Whom containerd asked last: the registry of the image, or the mirror in its place. */
const askedLast = (image: string, message: string) => {
  const host = /pulling from host (\S+) failed/.exec(message)?.[1]
  return (host && `https://${host}`) ?? /"(https?:\/\/[^/"]+)/.exec(message)?.[1] ?? registryOf(image)
}

type Asked = Readonly<{ image: string; node: string; url: string; host: string }>

const noRoute = ({ node, url }: Asked) =>
  `\`docker exec ${node} curl -sSI ${url}/v2/\` shows it as well: set E2E_REGISTRY_MIRROR to a registry that the nodes reach; ` +
  'where it is set, they asked that one first, and it does not have the image or gave no answer'

/** What a failed pull comes down to; the first whose pattern is in containerd's message. */
const kinds: readonly Readonly<{
  pattern: RegExp
  cause: (found: RegExpExecArray, asked: Asked) => string
  remedy: (asked: Asked) => string
}>[] = [
  {
    pattern: /429 Too Many Requests|toomanyrequests/i,
    cause: (_, { host }) => `rate limit: ${host} answers 429 Too Many Requests`,
    remedy: () =>
      'set E2E_REGISTRY_MIRROR to a registry that has the images, or wait until the limit is over; ' +
      'a `docker login` on this machine does not reach the nodes',
  },
  {
    pattern: /40[13] (?:Unauthorized|Forbidden)|pull access denied|no basic auth credentials/,
    cause: ([answer], { host }) => `denied: ${host} answers ${answer}`,
    remedy: ({ image, node }) =>
      'correct its name, for a registry says the same of a repository that it does not have; where it wants a login, ' +
      `\`docker pull ${image}\` on this machine and \`kind load docker-image ${image} --name ${clusterOf(node)}\``,
  },
  {
    pattern: /: not found$/,
    cause: (_, { host }) => `not found: ${host} does not have it`,
    remedy: ({ image }) =>
      `correct its name or tag where values/ or manifests/ set it; \`docker manifest inspect ${image}\` says whether it exists`,
  },
  {
    pattern: /lookup \S+?(?: on \S+)?: (?:.*: )?([^:]+)$/,
    cause: ([, why], { host }) => `no route: the node cannot look up ${host}: ${why}`,
    remedy: noRoute,
  },
  {
    pattern: /dial tcp ([^ ]+:\d+): (?:.*: )?([^:]+)$/,
    cause: ([, address = '', why], { host }) =>
      `no route: ${address.startsWith(host) ? address : `${host} (${address})`}: ${why}`,
    remedy: noRoute,
  },
  {
    pattern: /i\/o timeout|TLS handshake timeout|context deadline exceeded|connection reset by peer|\bEOF$/,
    cause: ([why], { host }) => `no route: ${host}: ${why}`,
    remedy: noRoute,
  },
  {
    pattern: /invalid reference format.*/,
    cause: ([why]) => why,
    remedy: () => 'correct the image where values/ or manifests/ set it: registry/repository:tag',
  },
  {
    pattern: /not present with pull policy of Never/,
    cause: () => 'the node does not have it, and imagePullPolicy is Never',
    remedy: ({ image, node }) =>
      `\`kind load docker-image ${image} --name ${clusterOf(node)}\`, or set imagePullPolicy: IfNotPresent`,
  },
]

/**
 * Why an image cannot be pulled.
 * @param reason the kubelet's, as `ImagePullBackOff`
 * @param message containerd's, which repeats the image with every step that it took
 */
export const pullCause = (
  image: string,
  { reason, message }: Readonly<{ reason: string; message: string }>,
  node: string,
): Cause => {
  const text = message.trim()
  const url = askedLast(image, text)
  const asked = { image, node, url, host: url.replace(/^https?:\/\//, '') }
  const [found] = kinds.flatMap(({ pattern, ...kind }) => {
    const match = pattern.exec(text)
    return match ? [{ cause: kind.cause(match, asked), remedy: kind.remedy(asked) }] : []
  })
  const { cause, remedy } = found ?? {
    cause: `${asked.host}: ${text.split(': ').at(-1)}`,
    remedy: `\`docker exec ${node} crictl pull ${image}\` shows all that containerd says of it`,
  }
  // The first failure may be a passing one; in back-off a second try has failed as well.
  return { cause: `image ${image} cannot be pulled: ${cause}`, remedy, hopeless: reason !== 'ErrImagePull' }
}
