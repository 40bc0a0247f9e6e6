import { expect, test } from 'vitest'
import { failedNotifications, sendErrors } from './notificationLog.ts'

// As Alertmanager 0.34 and Prometheus 3.14 write them.
const group = String.raw`aggrGroup="{}/{alertname=~\"Watchdog|E2ECanary\"}:{alertname=\"Watchdog\"}"`
const failed = (second: number, receiver: string, err: string) =>
  `time=2026-11-28T09:00:0${second}.000Z level=WARN source=retry_stage.go:167 msg="Notify attempt failed, will retry later" component=dispatcher receiver=${receiver} integration=webhook[0] ${group} attempts=1 err="${err}"`
const gaveUp = (second: number, receiver: string, err: string) =>
  `time=2026-11-28T09:00:0${second}.000Z level=ERROR source=dispatch.go:589 msg="Notify for alerts failed" component=dispatcher ${group} num_alerts=1 err="${receiver}/webhook[0]: notify retry canceled after 7 attempts: ${err}"`
const succeeded = (receiver: string) =>
  `time=2026-11-28T09:00:09.000Z level=INFO source=retry_stage.go:184 msg="Notify success" component=dispatcher receiver=${receiver} integration=webhook[0] ${group} attempts=2 duration=2ms numAlerts=1`
const loaded =
  'time=2026-11-28T09:00:05.000Z level=INFO source=coordinator.go:125 msg="Completed loading of configuration file" component=configuration file=/etc/alertmanager/config_out/alertmanager.env.yaml'

const refused = String.raw`Post \"<redacted>\": dial tcp 10.96.1.2:8080: connect: connection refused`
const noHost = String.raw`Post \"<redacted>\": dial tcp: lookup nowhere.monitoring on 10.96.0.10:53: no such host`

test('the last failure of each integration, with the error of the program', () => {
  const log = [failed(1, 'hook', refused), failed(2, 'default/team/hook', noHost), gaveUp(3, 'hook', noHost)]
  expect(failedNotifications(log.join('\n'))).toEqual([
    {
      receiver: 'hook',
      integration: 'webhook[0]',
      error: 'Post "<redacted>": dial tcp: lookup nowhere.monitoring on 10.96.0.10:53: no such host',
      at: Date.parse('2026-11-28T09:00:03Z'),
    },
    {
      receiver: 'default/team/hook',
      integration: 'webhook[0]',
      error: 'Post "<redacted>": dial tcp: lookup nowhere.monitoring on 10.96.0.10:53: no such host',
      at: Date.parse('2026-11-28T09:00:02Z'),
    },
  ])
})

test.each([
  [
    'gives up at once',
    `notify retry canceled due to unrecoverable error after 1 attempts: unexpected status code 404: <redacted>: no`,
  ],
  [
    'of an AlertmanagerConfig',
    'notify retry canceled after 3 attempts: unexpected status code 404: <redacted>: no',
  ],
])('an integration that %s', (_, err) => {
  const log = `time=2026-11-28T09:00:03.000Z level=ERROR msg="Notify for alerts failed" err="default/team/hook/webhook[0]: ${err}"`
  expect(failedNotifications(log)).toMatchObject([
    {
      receiver: 'default/team/hook',
      integration: 'webhook[0]',
      error: 'unexpected status code 404: <redacted>: no',
    },
  ])
})

test('JSON lines', () => {
  const log = JSON.stringify({
    time: '2026-11-28T09:00:01.000Z',
    level: 'WARN',
    msg: 'Notify attempt failed, will retry later',
    receiver: 'hook',
    integration: 'email[1]',
    attempts: 1,
    err: 'establish connection to server: timeout',
  })
  expect(failedNotifications(`${log}\n{cut`)).toMatchObject([
    { receiver: 'hook', integration: 'email[1]', error: 'establish connection to server: timeout' },
  ])
})

test.each([
  ['a later success', [failed(1, 'hook', refused), succeeded('hook')], 0],
  ['the success of another receiver', [failed(1, 'hook', refused), succeeded('other')], 1],
  ['a new configuration', [failed(1, 'hook', refused), loaded], 0],
  ['a failure under the new configuration', [loaded, failed(6, 'hook', refused)], 1],
  ['nothing', [], 0],
])('after %s', (_, log, count) => {
  expect(failedNotifications(log.join('\n'))).toHaveLength(count)
})

test('why Prometheus cannot send, each error once', () => {
  const error = (time: string, err: string) =>
    `time=${time} level=ERROR source=sendloop.go:239 msg="Error sending alerts" component=notifier alertmanager=http://10.244.1.7:9093/api/v2/alerts count=1 err="${err}"`
  const log = [
    error(
      '2026-11-28T09:00:01Z',
      String.raw`Post \"http://10.244.1.7:9093/api/v2/alerts\": context deadline exceeded`,
    ),
    error(
      '2026-11-28T09:00:11Z',
      String.raw`Post \"http://10.244.1.7:9093/api/v2/alerts\": context deadline exceeded`,
    ),
    'time=2026-11-28T09:00:12Z level=WARN msg="Alert notification queue full, dropping alerts" component=notifier count=1',
    error('2026-11-28T09:00:13Z', 'bad response status 404 Not Found'),
    'time=2026-11-28T09:00:12Z level=WARN msg="Error on ingesting samples" component="scrape manager"',
  ]
  expect(sendErrors(log.join('\n'))).toEqual([
    'Post "http://10.244.1.7:9093/api/v2/alerts": context deadline exceeded (2 times)',
    'Alert notification queue full, dropping alerts',
    'http://10.244.1.7:9093/api/v2/alerts: bad response status 404 Not Found',
  ])
})
