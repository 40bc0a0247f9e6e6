import { get } from 'node:http'
import { json } from 'node:stream/consumers'

/** How an order came out: its status, or why there was none, such as ECONNREFUSED. */
export type Outcome = Readonly<{ answered: boolean; what: string }>

/** Longer than any order takes; a connection into nothing would else be in flight for minutes. */
const limit = 5000

/** Places one order on a connection of its own, so that kube-proxy picks a pod anew; rejects only a bad URL. */
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
