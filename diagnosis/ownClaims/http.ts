import { apiStatus, type Kubernetes } from '../../clients/kubernetes.ts'
import type { TextAnswer } from '../../clients/http.ts'
import type { HttpClaim } from '../../config/ownClaims.ts'
import { isObject, type JsonObject } from '../../lib/json.ts'
import { few, oneLine } from '../../lib/messages.ts'
import { explainBackends } from '../services.ts'
import { expected, type Judgement } from './judgement.ts'
import { jsonShortfalls } from './json.ts'

const parsed = (body: string): JsonObject | readonly unknown[] | undefined => {
  try {
    const value: unknown = JSON.parse(body)
    return isObject(value) || Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

const excerpt = (body: string) =>
  body.trim() === '' ? 'an empty body' : oneLine(body.trim().slice(0, 200)).replaceAll(/\p{Cc}/gu, '\uFFFD')

/** Judges the answer of a server. */
export const judgeAnswer = (
  { status, contains, json }: Pick<HttpClaim, 'status' | 'contains' | 'json'>,
  answer: TextAnswer,
): Judgement => {
  const isRight =
    status === undefined ? answer.status >= 200 && answer.status <= 299 : answer.status === status
  const document = json ? parsed(answer.body) : {}
  return {
    figures: `status ${answer.status}`,
    shortfalls: [
      ...(isRight
        ? []
        : [expected(`status ${status ?? '2xx'}`, `${answer.status}: ${excerpt(answer.body)}`)]),
      ...(contains === undefined || answer.body.includes(contains)
        ? []
        : [expected(`a body with "${contains}"`, excerpt(answer.body))]),
      ...(document ? jsonShortfalls(json, document) : [expected('a JSON document', excerpt(answer.body))]),
    ],
  }
}

/** Why the API server could not pass a request on to a Service; undefined if the answer is that of the Service. */
export const proxyFailure = ({ status, body }: TextAnswer): string | undefined => {
  if (status < 400) return undefined
  const document = parsed(body)
  return isObject(document) && document['kind'] === 'Status' && document['apiVersion'] === 'v1'
    ? String(document['message'])
    : undefined
}

/** Why the API server could not reach a Service: its name, its port, or the pods behind it. */
export const explainProxyFailure = async (
  kubernetes: Kubernetes,
  { namespace, name, port }: Readonly<{ namespace: string; name: string; port: string }>,
): Promise<readonly string[]> => {
  try {
    const service = await kubernetes.core.readNamespacedService({ namespace, name })
    const ports = (service.spec?.ports ?? []).map((one) => [one.name, one.port].filter(Boolean).join(' '))
    const isKnown = service.spec?.ports?.some((one) => one.name === port || String(one.port) === port)
    return isKnown
      ? await explainBackends(kubernetes, [service])
      : [`Service ${namespace}/${name} has no port ${port}; its ports are: ${ports.join(', ') || 'none'}`]
  } catch (error) {
    if (apiStatus(error) !== 404) throw error
    const { items } = await kubernetes.core.listNamespacedService({ namespace })
    const names = items.map(({ metadata }) => metadata?.name ?? '')
    return [
      `there is no Service ${namespace}/${name}; namespace ${namespace} has: ${few(names, 5) || 'no Services'}`,
      '  remedy: correct the name in claims.yaml, or create the Service',
    ]
  }
}
