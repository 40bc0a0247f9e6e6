import { expect, test } from 'vitest'
import { describeStep, describeSteps, onStep, startStepTimings, type Step } from './steps.ts'

const cluster: Step = { name: 'cluster', from: 1.25, seconds: 38.04, ok: true }
const opensearch: Step = {
  name: 'opensearch',
  from: 20.5,
  seconds: 100.25,
  ok: false,
  error:
    'StatefulSet/opensearch-cluster-master in monitoring is ready: not so after 100.0 s (98 tries)\n  last: …',
}

test('a step: when it was through, its name, how long it took, the first line of its error', () => {
  expect([cluster, opensearch].map(describeStep).join('\n')).toMatchInlineSnapshot(`
    "   39.3 s  ✓ cluster (38.0 s)
      120.8 s  ✗ opensearch (100.3 s): StatefulSet/opensearch-cluster-master in monitoring is ready: not so after 100.0 s (98 tries)"
  `)
})

test('a table of steps in the order they began', () => {
  expect(describeSteps([opensearch, cluster])).toMatchInlineSnapshot(`
    "    step             from         to       took
      ✓ cluster         1.3 s     39.3 s     38.0 s
      ✗ opensearch     20.5 s    120.8 s    100.3 s"
  `)
})

test('a timings passes on what a step returns or throws, prints each, and lets listeners have it', async () => {
  const lines: string[] = []
  const steps: Step[] = []
  onStep((step) => steps.push(step))
  const { step } = startStepTimings((line) => lines.push(line))
  expect(await step('tools', async () => 'kind 0.33')).toBe('kind 0.33')
  const failing = step('vector', async () => {
    throw new Error('helm upgrade --install vector\n  exited with code 1 after 0.3 s')
  })
  await expect(failing).rejects.toThrow('exited with code 1')

  expect(lines.map((line) => line.trim().replaceAll(/\d+\.\d s/g, '<seconds> s')).join('\n'))
    .toMatchInlineSnapshot(`
      "<seconds> s  ✓ tools (<seconds> s)
      <seconds> s  ✗ vector (<seconds> s): helm upgrade --install vector"
    `)
  const number = expect.any(Number)
  expect(steps).toEqual([
    { name: 'tools', from: number, seconds: number, ok: true },
    {
      name: 'vector',
      from: number,
      seconds: number,
      ok: false,
      error: 'helm upgrade --install vector\n  exited with code 1 after 0.3 s',
    },
  ])
})
