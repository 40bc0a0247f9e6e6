import { expect, test } from 'vitest'
import type { Wait } from '../lib/progress.ts'
import { keepAtEnd, liveLines, logLines } from './live.ts'

const nodes: Wait = {
  what: 'all nodes are Ready',
  since: 40,
  partOf: undefined,
  lacks: 'node e2e-worker2 is not Ready: container runtime network not ready\nnode e2e-worker3 …',
}
const helm: Wait = { what: 'opensearch: helm', since: 41, partOf: undefined }
const claims: Wait = { what: 'claims', since: 0, partOf: undefined, lacks: '\x1b[31mred\x1b[39m\tfrom a log' }

test('on a terminal: one line for each wait, cut to the width and height', () => {
  const waits = new Set([nodes, helm, claims])
  const lines = (columns: number, rows: number) =>
    liveLines(waits, 61, { columns, rows }).map((line) => line.trim())
  expect(lines(200, 24)).toEqual([
    '… all nodes are Ready (21 s): node e2e-worker2 is not Ready: container runtime network not ready',
    '… opensearch: helm (20 s)',
    '… claims (61 s): red from a log',
  ])
  expect(lines(60, 4)).toEqual(['… all nodes are Ready (21 s): node e2e-worker2 …', '… and more'])
  expect(liveLines(waits, 61, { columns: 60, rows: 4 }).every((line) => line.length < 60)).toBe(true)
})

test('in a log: only waits that last, only when something changed, and not too often', () => {
  const lines = logLines()
  const wait: Wait = { ...nodes }
  const waits = new Set([wait, helm])
  const at = (seconds: number, lacks: string) => {
    wait.lacks = lacks
    return lines(waits, seconds).map((line) => line.trim())
  }
  expect(at(59, 'two are not Ready')).toEqual([])
  expect(at(60, 'two are not Ready\nnode e2e-worker2 …')).toEqual([
    '60.0 s  … all nodes are Ready (20 s): two are not Ready',
  ])
  expect(at(79, 'one is not Ready')).toEqual([])
  expect(at(80, 'one is not Ready')).toHaveLength(1)
  expect(at(200, 'one is not Ready')).toEqual([])
  expect(at(201, 'none is Ready')).toHaveLength(1)
})

test('other output goes above the live lines, which are erased at the end', () => {
  const written: string[] = []
  const stream = () => ({ write: (text: Uint8Array | string) => written.push(String(text)) > 0 })
  const [out, err] = [stream(), stream()]
  const lines = ['… a', '… b']
  const { draw, stop } = keepAtEnd([out, err], () => lines)
  draw()
  out.write('a line\n')
  err.write('a part of a line')
  out.write(', and its end\n')
  lines.pop()
  draw()
  stop()
  out.write('after\n')
  const drawn = (...live: string[]) => `\x1b[?7l${live.map((line) => `${line}\n`).join('')}\x1b[?7h`
  const erased = (count: number) => `\x1b[${count}F\x1b[J`
  expect(written.join('')).toBe(
    [
      drawn('… a', '… b'),
      erased(2),
      'a line\n',
      drawn('… a', '… b'),
      erased(2),
      'a part of a line, and its end\n',
      drawn('… a', '… b'),
      erased(2),
      drawn('… a'),
      erased(1),
      'after\n',
    ].join(''),
  )
})
