import { get } from 'node:http'
import { json } from 'node:stream/consumers'

/** The outcome of an order: its status, or why there is none, such as ECONNREFUSED. */
export type Outcome = Readonly<{ answered: boolean; what: string }>

/** Longer than any order takes. Without it, a connection that nobody answers would last for minutes. */
const limit = 5000

/** Places one order on a new connection, so that kube-proxy picks a pod again. Rejects only for an invalid URL. */
export const placeOrder = async (url: string): Promise<Outcome> => {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const unanswered = (error: NodeJS.ErrnoException) => {
    const what = error.name === 'AbortError' ? `none within ${limit / 1000} s` : (error.code ?? error.message)
    resolve({ answered: false, what })
  }
  get(url, { agent: false, signal: AbortSignal.timeout(limit) }, (response) => {
    const { statusCode } = response
    if (statusCode !== 200) {
      response.resume()
      resolve({ answered: false, what: `HTTP ${statusCode}` })
      return
    }
    json(response).then(
      (order) => resolve({ answered: true, what: (order as { status: string }).status }),
      unanswered,
    )
  }).on('error', unanswered)
  return promise
}
