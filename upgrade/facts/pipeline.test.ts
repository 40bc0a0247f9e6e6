import { expect, test } from 'vitest'
import { pipelineSettings } from './pipeline.ts'

const yaml = `
data_dir: /vector-data-dir
sources:
  kubernetes_logs: { type: kubernetes_logs, max_line_bytes: 4096 }
transforms:
  shape:
    type: remap
    inputs: [kubernetes_logs]
    source: |
      del(.a)
      del(.b)
`

test('settings by component; a VRL program by its number of lines and a hash', () => {
  expect(pipelineSettings([yaml])).toEqual({
    Vector: { data_dir: '/vector-data-dir' },
    'Vector sources.kubernetes_logs': { max_line_bytes: '4096', type: 'kubernetes_logs' },
    'Vector transforms.shape': {
      inputs: '["kubernetes_logs"]',
      source: expect.stringMatching(/^2 lines \(\w+\)$/),
      type: 'remap',
    },
  })
  expect(pipelineSettings([yaml.replace('.b', '.c')])['Vector transforms.shape']).not.toEqual(
    pipelineSettings([yaml])['Vector transforms.shape'],
  )
})

test('a file that is not YAML is compared as text', () => {
  expect(pipelineSettings(['[sources.a]\ntype = "stdin"\nb: {'])['Vector']).toHaveProperty('text')
})
