import { expect, test } from 'vitest'
import { describeStep, describeSteps, onStep, startStepTimings, type Step } from './steps.ts'

const cluster: Step = { name: 'cluster', from: 1.25, seconds: 38.04, ok: true }
const opensearch: Step = {
  name: 'opensearch',
  from: 20.5,
  seconds: 100.25,
  ok: false,
  error: 'late\n  last: …',
}

test('a step: when it ended, its name, its duration, the first line of its error', () => {
  expect(describeStep(cluster)).toBe('   39.3 s  ✓ cluster (38.0 s)')
  expect(describeStep(opensearch)).toBe('  120.8 s  ✗ opensearch (100.3 s): late')
})

test('the steps as a table, in the order they started', () => {
  expect(describeSteps([opensearch, cluster]).split('\n')).toEqual([
    '    step             from         to       took',
    '  ✓ cluster         1.3 s     39.3 s     38.0 s',
    '  ✗ opensearch     20.5 s    120.8 s    100.3 s',
  ])
})

test('a step returns or throws what its work does, is printed, and is published', async () => {
  const lines: string[] = []
  const steps: Step[] = []
  onStep((step) => steps.push(step))
  const { step } = startStepTimings((line) => lines.push(line))
  expect(await step('tools', async () => 'kind 0.33')).toBe('kind 0.33')
  const failing = step('vector', () => Promise.reject(new Error('helm failed\n  exited with code 1')))
  await expect(failing).rejects.toThrow('exited with code 1')

  expect(lines).toEqual([
    expect.stringContaining('✓ tools'),
    expect.stringMatching(/✗ vector .*: helm failed$/),
  ])
  expect(steps).toMatchObject([
    { name: 'tools', ok: true },
    { name: 'vector', ok: false, error: 'helm failed\n  exited with code 1' },
  ])
})
