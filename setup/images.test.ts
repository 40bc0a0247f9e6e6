import { expect, test } from 'vitest'
import { parseChallenge } from '../clients/registry.ts'
import { imagesIn } from './images.ts'

test('images of containers, custom resources and operator options', () => {
  const yaml = `
      containers:
        - image: "quay.io/prometheus-operator/prometheus-operator:v0.93.1"
          args:
            - --prometheus-config-reloader=quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1
            - --kubelet-service=kube-system/kubelet
        - name: app
          image: node:24-slim
  image: quay.io/prometheus/prometheus:v3.14.0@sha256:${'0'.repeat(64)}
  image: { repository: busybox }`
  expect(imagesIn(yaml)).toEqual([
    'quay.io/prometheus-operator/prometheus-operator:v0.93.1',
    'node:24-slim',
    `quay.io/prometheus/prometheus:v3.14.0@sha256:${'0'.repeat(64)}`,
    'quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1',
  ])
})

test('the parameters of a token challenge', () => {
  const header =
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"'
  expect(parseChallenge(header)).toEqual({
    realm: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
    scope: 'repository:a/b:pull',
  })
})
