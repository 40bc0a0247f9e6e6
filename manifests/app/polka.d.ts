// polka 0.5 has no types; these are the parts that the shop uses.
declare module 'polka' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
  type Polka = { get: (path: string, handler: Handler) => Polka; handler: RequestListener }
  const polka: () => Polka
  export default polka
}
