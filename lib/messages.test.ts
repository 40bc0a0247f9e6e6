import { expect, test } from 'vitest'
import { messageOf } from './messages.ts'

/** An error as the Kubernetes client throws it: the body twice, once within the message. */
const apiException = (code: number, body: string) => {
  const headers = { 'content-type': 'application/json', 'audit-id': '9d1f' }
  const message = `HTTP-Code: ${code}\nMessage: Unknown API Status Code!\nBody: ${JSON.stringify(body)}\nHeaders: ${JSON.stringify(headers)}`
  return Object.assign(new Error(message), { code, body, headers })
}
const status = { kind: 'Status', message: 'pods "vector-x" is forbidden: User "reader"', code: 403 }

test.each([
  [apiException(403, `${JSON.stringify(status)}\n`), `the API server answered 403: ${status.message}`],
  [apiException(503, 'shutting down\n'), 'the API server answered 503: shutting down'],
  [Object.assign(new Error('PUT'), { body: status }), `the API server answered 403: ${status.message}`],
  [new Error('connection refused'), 'connection refused'],
  ['no error', 'no error'],
  [undefined, 'undefined'],
])('the message of an error, row %#', (error, message) => {
  expect(messageOf(error)).toBe(message)
})
