import { expect, test } from 'vitest'
import { describeEvents } from './events.ts'

const involvedObject = { kind: 'Pod', namespace: 'default', name: 'app-1' }

test('events in the order they were last seen, whichever time field their reporter sets', () => {
  const events = [
    {
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off restarting failed container\nof app-1\n',
      count: 12,
      firstTimestamp: '2026-11-23T07:00:00Z',
      lastTimestamp: '2026-11-23T07:45:03Z',
      eventTime: null,
      involvedObject,
    },
    {
      type: 'Warning',
      reason: 'FailedScheduling',
      message: '0/4 nodes are available',
      lastTimestamp: null,
      eventTime: '2026-11-23T07:43:42.731824Z',
      series: { count: 3, lastObservedTime: '2026-11-23T07:44:00.5Z' },
      involvedObject,
    },
    {
      type: 'Normal',
      reason: 'Starting',
      message: 'Starting kubelet.',
      count: 1,
      lastTimestamp: '2026-11-23T07:43:35Z',
      involvedObject: { kind: 'Node', name: 'e2e-worker' },
    },
  ]
  expect(describeEvents(events).split('\n')).toEqual([
    '2026-11-23T07:43:35Z  Normal   Node/e2e-worker  Starting: Starting kubelet.',
    '2026-11-23T07:44:00Z  Warning  default/Pod/app-1  FailedScheduling: 0/4 nodes are available  (3 times)',
    '2026-11-23T07:45:03Z  Warning  default/Pod/app-1  BackOff: Back-off restarting failed container | of app-1  (12 times)',
  ])
})
