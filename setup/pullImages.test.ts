import { expect, test } from 'vitest'
import { daemonSetImages } from './pullImages.ts'

test('every node needs the images of the DaemonSets, and of nothing else', () => {
  const workload = (kind: string, image: string) => `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: shop}
spec: {template: {spec: {containers: [{name: shop, image: "${image}"}]}}}
`
  const yaml = [
    workload('DaemonSet', 'timberio/vector:0.57.0'),
    workload('Deployment', 'grafana/grafana:13'),
    '',
  ]
  expect(daemonSetImages(yaml.join('---'))).toEqual(['timberio/vector:0.57.0'])
})
