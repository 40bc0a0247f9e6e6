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

test('on a terminal: a line for each wait, cut to its width', () => {
  const waits = new Set([nodes, helm, claims])
  expect(liveLines(waits, 61, { columns: 200, rows: 24 }).join('\n')).toMatchInlineSnapshot(`
    "           … all nodes are Ready (21 s): node e2e-worker2 is not Ready: container runtime network not ready
               … opensearch: helm (20 s)
               … claims (61 s): red from a log"
  `)
  const lines = liveLines(waits, 61, { columns: 60, rows: 4 })
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "           … all nodes are Ready (21 s): node e2e-worker2 …
               … and more"
  `)
  expect(lines.every((line) => line.length < 60)).toBe(true)
})

test('on a log: a wait that lasts, where what it lacks is new, and not too often', () => {
  const lines = logLines()
  const wait: Wait = { ...nodes }
  const waits = new Set([wait, helm])
  const at = (seconds: number, lacks: string) => {
    wait.lacks = lacks
    return lines(waits, seconds)
  }
  const printed = [
    ...at(59, 'two are not Ready'),
    ...at(60, 'two are not Ready\nnode e2e-worker2 …'),
    ...at(79, 'one is not Ready'),
    ...at(80, 'one is not Ready'),
    ...at(200, 'one is not Ready'),
    ...at(201, 'none is Ready'),
  ]
  expect(printed.join('\n')).toMatchInlineSnapshot(`
    "   60.0 s  … all nodes are Ready (20 s): two are not Ready
       80.0 s  … all nodes are Ready (40 s): one is not Ready
      201.0 s  … all nodes are Ready (2 min 41 s): none is Ready"
  `)
})

test('whatever else is printed goes above the live lines, and nothing is left of them', () => {
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
  expect(written.join('').replaceAll('\x1b', '␛')).toMatchInlineSnapshot(`
    "␛[?7l… a
    … b
    ␛[?7h␛[2F␛[Ja line
    ␛[?7l… a
    … b
    ␛[?7h␛[2F␛[Ja part of a line, and its end
    ␛[?7l… a
    … b
    ␛[?7h␛[2F␛[J␛[?7l… a
    ␛[?7h␛[1F␛[Jafter
    "
  `)
})
