import { Agent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import axios, { AxiosError, type AxiosRequestConfig } from 'axios'
import type { Server } from '../config/endpoints.ts'

export type Answer = Readonly<{
  status: number
  body: unknown
  contentType: string
  /** The `Date` header: the server's clock, cut to the second. */
  date: string
}>
export type TextAnswer = Readonly<{ status: number; body: string }>
export type Http = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options?: Request,
) => Promise<Answer>
type Request = Pick<
  AxiosRequestConfig,
  'params' | 'data' | 'httpsAgent' | 'maxRedirects' | 'responseType' | 'timeout'
> & {
  headers?: Record<string, string>
}
type Access = Readonly<{
  baseURL: string
  user?: string
  password?: string
  headers?: Record<string, string>
  /** Client certificate and trusted CAs. */
  httpsAgent?: unknown
}>

/** An answer other than 2xx: the request, the status, the start of the body. */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly status: number
  readonly body: unknown
  readonly baseURL: string
  constructor(request: string, baseURL: string, { status, body }: Answer) {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    super(`${request} answered ${status}: ${text.trim().slice(0, 500)}`)
    this.status = status
    this.body = body
    this.baseURL = baseURL
  }
}

/** The answer to a GET, whatever its status, with the body as text. Redirects are not followed. */
export const textAnswer = async (http: Http, path: string, options: Request = {}): Promise<TextAnswer> => {
  try {
    const { status, body } = await http('GET', path, { ...options, maxRedirects: 0, responseType: 'text' })
    return { status, body: String(body) }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    return { status: error.status, body: String(error.body) }
  }
}

/** Nothing answers there. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError'
  readonly baseURL: string
  readonly code: string | undefined
  constructor(request: string, baseURL: string, cause: Error & { code?: string }) {
    super(`${request}: no answer: ${[cause.code, cause.message].filter(Boolean).join(' ')}`, { cause })
    this.baseURL = baseURL
    this.code = cause.code
  }
}

// Milliseconds. A deleted pod may never close its connection: without a timeout, a wait would hang instead of trying again.
const requestTimeout = 15_000

/** One connection per request: a kept connection would still work after its Service has lost the port or the pod. */
const httpAgent = new Agent({ keepAlive: false })

/**
 * A client for one server; request paths begin with a slash.
 * It throws HttpError for an answer other than 2xx, and NoAnswerError if there is no answer.
 */
export const httpClient = ({ baseURL, user, password, headers = {}, httpsAgent }: Access): Http => {
  const client = axios.create({
    baseURL,
    headers,
    httpAgent,
    httpsAgent,
    timeout: requestTimeout,
    validateStatus: () => true,
    // The servers run on this machine; a proxy set in the environment cannot reach them.
    proxy: false,
    ...(user === undefined || password === undefined ? {} : { auth: { username: user, password } }),
  })
  return async (method, path, options = {}) => {
    const request = `${method} ${baseURL}${path}`
    try {
      const response = await client.request<unknown>({ method, url: path, ...options })
      const answer = {
        status: response.status,
        body: response.data,
        contentType: String(response.headers['content-type'] ?? ''),
        date: String(response.headers['date'] ?? ''),
      }
      if (answer.status < 200 || answer.status > 299) throw new HttpError(request, baseURL, answer)
      return answer
    } catch (error) {
      if (!(error instanceof AxiosError)) throw error
      throw new NoAnswerError(request, baseURL, error)
    }
  }
}

/**
 * TLS options for a server. Its certificate names hosts inside the cluster, so the host name is not checked. Without a
 * known CA, any certificate is accepted: that of OpenSearch's demo configuration is self-signed.
 */
export const tlsOptions = ({ ca }: Server) =>
  ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined }

/** An HTTP client of a server of the stack, with its login. */
export const serverClient = (server: Server, headers: Record<string, string> = {}): Http => {
  const { url, user, password } = server
  return httpClient({
    baseURL: url,
    headers,
    httpsAgent: new HttpsAgent({ keepAlive: false, ...tlsOptions(server) }),
    ...(user !== undefined && password !== undefined && { user, password }),
  })
}
