/** A request as a recording knows it. */
export type Asked = Readonly<{
  /** `kubernetes`, or the port of this machine at which the server answers. */
  server: string
  /** `EXEC` for a command in a container. */
  method: string
  /** With its query. */
  path: string
  body: string
  /** Set if the API server is asked for metadata only, at the path of the whole objects. */
  accept?: string
  /** It logs in with another password than ours. */
  otherLogin?: true
}>

export type Answer = Readonly<{
  status: number
  contentType: string
  /** The `Date` header: claims compare clocks. */
  date: string
  /** The target of a redirect. */
  location?: string
  /** Of a command: its messages as JSON, each with the number of its channel. */
  body: string
}>

/** Nothing answered. */
export type Silence = Readonly<{ code?: string; silence: string }>

export type Exchange = Readonly<{ asked: Asked; answer: Answer | Silence }>

export type Respond = (asked: Asked, headers: Headers) => Promise<Answer | Silence>

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

export const isSilence = (answer: Answer | Silence): answer is Silence => 'silence' in answer

/** The text by which a replay finds the answer to a request. */
export const keyOf = ({ server, method, path, body, accept, otherLogin }: Asked): string =>
  [
    `${method} ${server}${path}`,
    ...(accept === undefined ? [] : [`accept ${accept}`]),
    ...(otherLogin ? ['another login'] : []),
    ...(body ? [body] : []),
  ].join('\n')

/** `GET http://127.0.0.1:30090/api/v1/targets`; a path without a host is one of the API server. */
export const describeAsked = ({ server, method, path }: Asked): string =>
  `${method} ${server === 'kubernetes' ? '' : `http://127.0.0.1:${server}`}${path}`
