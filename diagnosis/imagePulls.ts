import { registryUrl } from '../clients/registry.ts'
import { parseImage } from '../lib/imageReference.ts'
import { clusterOf } from './nodes.ts'
import { explainMessage, type Kinds } from './patterns.ts'
import type { Cause } from './types.ts'

const pullFailures = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']
export const isPullFailure = (reason: string | undefined) =>
  reason !== undefined && pullFailures.includes(reason)

/** Where containerd tried last: at the registry of the image, or at a mirror of it. */
const lastTried = (image: string, message: string) => {
  const host = /pulling from host (\S+) failed/.exec(message)?.[1]
  return (
    (host && `https://${host}`) ??
    /"(https?:\/\/[^/"]+)/.exec(message)?.[1] ??
    registryUrl(parseImage(image).registry)
  )
}

type Pull = Readonly<{ image: string; node: string; url: string; host: string }>

const noRoute = (what: string, { node, url }: Pull): Cause => ({
  cause: `no route: ${what}`,
  remedy:
    `set E2E_REGISTRY_MIRROR to a registry that the nodes can reach; \`docker exec ${node} curl -sSI ${url}/v2/\` shows the same error; ` +
    'if the mirror is set already, it was tried first and does not have the image or did not answer',
})

/** How the server of an offline bundle answers for an image that is not in it. */
export const notInBundle = 'Not in the bundle'

const kinds: Kinds<Pull, Cause> = [
  [
    new RegExp(notInBundle),
    () => ({
      cause: 'it is not in the bundle',
      remedy:
        'correct its name where values/ or manifests/ set it, or run `npm run bundle -- FOLDER` again on a machine with access; ' +
        'nodes ask no registry while E2E_BUNDLE is set',
    }),
  ],
  [
    /429 Too Many Requests|toomanyrequests/i,
    (_, { host }) => ({
      cause: `rate limit: ${host} answers 429 Too Many Requests`,
      remedy:
        'set E2E_REGISTRY_MIRROR to a registry that has the images, or wait until the limit is over; ' +
        '`docker login` on this machine has no effect on the nodes',
    }),
  ],
  [
    /40[13] (?:Unauthorized|Forbidden)|pull access denied|no basic auth credentials/,
    ([answer], { host, image, node }) => ({
      cause: `denied: ${host} answers ${answer}`,
      remedy:
        'correct its name: registries answer the same for a repository that does not exist; if it is private, ' +
        `\`docker pull ${image}\` on this machine and \`kind load docker-image ${image} --name ${clusterOf(node)}\``,
    }),
  ],
  [
    /: not found$/,
    (_, { host, image }) => ({
      cause: `not found: ${host} does not have it`,
      remedy: `correct its name or tag where values/ or manifests/ set it; \`docker manifest inspect ${image}\` shows whether it exists`,
    }),
  ],
  [
    /lookup \S+?(?: on \S+)?: (?:.*: )?([^:]+)$/,
    ([, reason], pull) => noRoute(`the node cannot look up ${pull.host}: ${reason}`, pull),
  ],
  [
    /dial tcp ([^ ]+:\d+): (?:.*: )?([^:]+)$/,
    ([, address = '', reason], pull) =>
      noRoute(`${address.startsWith(pull.host) ? address : `${pull.host} (${address})`}: ${reason}`, pull),
  ],
  [
    /invalid reference format.*/,
    ([error = '']) => ({
      cause: error,
      remedy: 'correct the image where values/ or manifests/ set it: registry/repository:tag',
    }),
  ],
  [
    /not present with pull policy of Never/,
    (_, { image, node }) => ({
      cause: 'the node does not have it, and imagePullPolicy is Never',
      remedy: `\`kind load docker-image ${image} --name ${clusterOf(node)}\`, or set imagePullPolicy: IfNotPresent`,
    }),
  ],
]

/**
 * Why an image cannot be pulled.
 * @param reason the kubelet's, for example `ImagePullBackOff`
 * @param message containerd's; it repeats the image at every step
 */
export const pullCause = (
  image: string,
  { reason, message }: Readonly<{ reason: string; message: string }>,
  node: string,
): Cause => {
  const text = message.trim()
  const url = lastTried(image, text)
  const host = url.replace(/^https?:\/\//, '')
  const { cause, remedy } = explainMessage(kinds, text, { image, node, url, host }) ?? {
    cause: `${host}: ${text.split(': ').at(-1)}`,
    remedy: `\`docker exec ${node} crictl pull ${image}\` shows the whole error`,
  }
  // The first failure may be transient; in back-off a second try has failed as well.
  return {
    cause: `image ${image} cannot be pulled: ${cause}`,
    ...(remedy !== undefined && { remedy }),
    hopeless: reason !== 'ErrImagePull',
  }
}
