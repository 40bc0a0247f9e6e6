import { expect, test } from 'vitest'
import { notInBundle, pullCause } from './imagePulls.ts'

const url = 'http://172.18.0.1:40123/v2/library/busybox/manifests/9?ns=docker.io'

test.each([
  // containerd 1.6
  `pulling from host 172.18.0.1:40123 failed with status code [manifests 9]: 410 ${notInBundle}`,
  // containerd 2
  `unexpected status from HEAD request to ${url}: 410 ${notInBundle}`,
])('an image that the bundle lacks: %s', (text) => {
  const message = `failed to pull and unpack image "docker.io/library/busybox:9": failed to resolve reference "docker.io/library/busybox:9": ${text}`
  expect(pullCause('busybox:9', { reason: 'ImagePullBackOff', message }, 'e2e-worker')).toMatchObject({
    cause: 'image busybox:9 cannot be pulled: it is not in the bundle',
    hopeless: true,
  })
})
