import { afterEach, expect, test, vi } from 'vitest'
import { readRecording } from '../tests/recordings/read.ts'
import { jobNamedIn, jobTroubles } from './helmHooks.ts'
import { describeEvidence } from './pods.ts'

afterEach(() => void vi.useRealTimers())

test('what helm says of a hook, and what there is to say about its Job', async () => {
  type Extra = Readonly<{ helm: Readonly<Record<string, string>> }>
  const { helm, pods, evidence, of, logs } = await readRecording<Extra>('hooks')
  const texts = Object.entries(helm).map(([release, said]) => {
    const named = jobNamedIn(said)
    const job = of('Job').find(
      ({ metadata }) => metadata?.namespace === named?.namespace && metadata?.name === named?.name,
    )
    const troubles = job ? jobTroubles(job, pods, evidence) : []
    const lines = logs[release]
    const log = lines && { previous: false, lines }
    return [
      said.trim(),
      ...troubles.map((one) => describeEvidence(one, one.container === undefined ? undefined : log)),
    ].join('\n')
  })
  expect(texts.join('\n\n')).toMatchInlineSnapshot(`
    "Error: failed pre-install: resource Job/trouble-helm/hook-failed-migrate not ready. status: Failed, message: Job Failed. failed: 1/1
    Job trouble-helm/hook-failed-migrate: pre-install,pre-upgrade hook of its chart failed: Job has reached the specified backoff limit (not complete for 21 s)
    Pod trouble-helm/hook-failed-migrate-qn6b7: container migrate crashed: exit code 1 (not Ready for 21 s)
      log of migrate:
      | migrating
      | cannot reach db:5432
      remedy: \`kubectl -n trouble-helm logs hook-failed-migrate-qn6b7 -c migrate\` shows the whole log

    Error: failed pre-install: resource Job/trouble-helm/hook-hangs-migrate not ready. status: InProgress, message: Job in progress
    context deadline exceeded
    Job trouble-helm/hook-hangs-migrate: pre-install,pre-upgrade hook of its chart has not completed (not complete for 22 s)
    Pod trouble-helm/hook-hangs-migrate-8l2cz: container migrate is still running (running for 21 s)
      log of migrate:
      | waiting for db:5432
      remedy: see what it waits for in its log; if it is only slow, raise E2E_LIMITS_FACTOR

    Error: failed pre-install: resource Job/trouble-helm/hook-image-migrate not ready. status: InProgress, message: Job in progress
    context deadline exceeded
    Job trouble-helm/hook-image-migrate: pre-install,pre-upgrade hook of its chart has not completed (not complete for 21 s)
    Pod trouble-helm/hook-image-migrate-ppk89: container migrate: image missing.example/team/app:1.0 cannot be pulled: not found: missing.example does not have it (not Ready for 21 s)
      remedy: correct its name or tag where values/ or manifests/ set it; \`docker manifest inspect missing.example/team/app:1.0\` says whether it exists

    Error: failed pre-install: resource Job/trouble-quota/hook-quota-migrate not ready. status: InProgress, message: Job in progress
    context deadline exceeded
    Job trouble-quota/hook-quota-migrate: its pods are rejected: ResourceQuota trouble-quota/small is exceeded: requested limits.cpu=200m, used limits.cpu=0, limited to limits.cpu=100m (missing pods for 22 s)
      remedy: \`kubectl -n trouble-quota edit resourcequota small\`, or lower the request

    Error: failed pre-install: resource Job/trouble-webhook/hook-webhook-migrate not ready. status: InProgress, message: Job in progress
    context deadline exceeded
    Job trouble-webhook/hook-webhook-migrate: its pods are rejected: admission webhook images.trouble.example denied the request: every image must come from registry.example (missing pods for 22 s)
      remedy: correct what it objects to; \`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml\` shows who owns it"
  `)
})
