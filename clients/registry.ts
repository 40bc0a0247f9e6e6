import type { IncomingMessage } from 'node:http'
import axios, { type AxiosResponse } from 'axios'

/** Hosts that differ from the name of their registry. */
const upstreamHosts: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' }

/** The URL at which a registry serves images. */
export const registryUrl = (registry: string): string => `https://${upstreamHosts[registry] ?? registry}`

/** A registry or a mirror: what it is called, and its base URL as this machine reaches it. */
export type Source = Readonly<{ name: string; url: string }>

/** Where to ask for a registry's images, in this order. */
export const registrySources = (registry: string, mirror: Source | undefined): readonly Source[] => [
  ...(mirror === undefined ? [] : [mirror]),
  { name: registry, url: registryUrl(registry) },
]

type Question = Readonly<{
  source: Source
  /** As in image names, such as `docker.io`; a mirror serves several. */
  registry: string
  repository: string
  /** `manifests/<tag or digest>` or `blobs/<digest>`. */
  path: string
  signal: AbortSignal
}>

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/** The parameters of a `WWW-Authenticate: Bearer` header. */
export const parseChallenge = (header: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )

/**
 * Asks a registry for a manifest or a blob, with an anonymous token if the registry requires one.
 * @returns the answer with any status; its body is a stream
 * @throws AxiosError if there is no answer
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export const askRegistry = async (question: Question): Promise<AxiosResponse<IncomingMessage>> => {
  const { source, registry, repository, path, signal } = question
  const ask = (authorization?: string) =>
    axios.get<IncomingMessage>(`${source.url}/v2/${repository}/${path}`, {
      params: { ns: registry },
      headers: { accept: path.startsWith('manifests/') ? manifestTypes : '*/*', authorization },
      responseType: 'stream',
      // The digest of a layer is that of the compressed bytes.
      decompress: false,
      validateStatus: () => true,
      signal,
    })
  const answer = await ask()
  if (answer.status !== 401) return answer
  const { realm, ...wanted } = parseChallenge(String(answer.headers['www-authenticate'] ?? ''))
  if (realm === undefined) return answer
  answer.data.destroy()
  const { data } = await axios.get<{ token?: string; access_token?: string }>(realm, {
    params: wanted,
    signal,
  })
  return ask(`Bearer ${data.token ?? data.access_token ?? ''}`)
}
