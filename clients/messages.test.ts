import { expect, test } from 'vitest'
import { HttpError } from './http.ts'
import { messageOf } from '../lib/messages.ts'

/** An error as the Kubernetes client throws it: the body twice, once within the message. */
const apiException = (code: number, body: string) => {
  const headers = { 'content-type': 'application/json', 'audit-id': '9d1f' }
  const message = `HTTP-Code: ${code}\nMessage: Unknown API Status Code!\nBody: ${JSON.stringify(body)}\nHeaders: ${JSON.stringify(headers)}`
  return Object.assign(new Error(message), { code, body, headers })
}

test('an answer of the API server', () => {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'pods "vector-x" is forbidden: User "reader" cannot get resource "pods"',
    reason: 'Forbidden',
    code: 403,
  }
  expect(messageOf(apiException(403, `${JSON.stringify(status)}\n`))).toMatchInlineSnapshot(
    `"the API server answered 403: pods "vector-x" is forbidden: User "reader" cannot get resource "pods""`,
  )
})

test('an answer that is no Status', () => {
  expect(messageOf(apiException(503, 'the server is shutting down\n'))).toMatchInlineSnapshot(
    `"the API server answered 503: the server is shutting down"`,
  )
})

test('other errors, and what is thrown without being one', () => {
  expect([messageOf(new Error('connection refused')), messageOf('no error'), messageOf(undefined)]).toEqual([
    'connection refused',
    'no error',
    'undefined',
  ])
})

test('an answer of the API server that came by HTTP', () => {
  const body = { kind: 'Status', code: 422, message: 'Service "x" is invalid: spec.ports: Required value' }
  const error = new HttpError('PUT https://127.0.0.1:6443/x', 'https://127.0.0.1:6443', {
    status: 422,
    body,
    contentType: 'application/json',
  })
  expect(messageOf(error)).toBe(
    'the API server answered 422: Service "x" is invalid: spec.ports: Required value',
  )
})
