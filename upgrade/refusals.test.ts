import { expect, test } from 'vitest'
import { admissionErrorCause } from '../diagnosis/admissionErrors.ts'

test.each([
  {
    refused: 'a chart that requires a newer Kubernetes (kube-prometheus-stack 73.0.0, vector 0.52.0)',
    text: 'chart requires kubeVersion: >=1.28.0-0 which is incompatible with Kubernetes v1.27.3',
    cause: 'the chart requires Kubernetes >=1.28.0-0, the cluster runs v1.27.3',
    remedy: 'E2E_NODE_IMAGE',
  },
  {
    refused: 'an immutable field of a Deployment',
    text: 'cannot patch "grafana" with kind Deployment: Deployment.apps "grafana" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"grafana"}}: field is immutable',
    cause: 'Deployment monitoring/grafana cannot be changed in place at spec.selector',
    remedy: '`kubectl -n monitoring delete deployment grafana --cascade=orphan`',
  },
  {
    refused: 'an immutable field of a StatefulSet',
    text: "StatefulSet.apps \"opensearch-cluster-master\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template' are forbidden",
    cause: 'StatefulSet monitoring/opensearch-cluster-master cannot be changed in place at spec',
    remedy: '`kubectl -n monitoring delete statefulset opensearch-cluster-master --cascade=orphan`',
  },
  {
    refused: 'values that do not fit the schema of the chart',
    text: "values don't meet the specifications of the schema(s) in the following chart(s):\nvector:\n- at '/role': value must be one of 'Agent', 'Aggregator'\n- at '/tolerations': got array, want object\n",
    cause:
      "the chart rejects its values: vector: at '/role': value must be one of 'Agent', 'Aggregator'; at '/tolerations': got array, want object",
    remedy: '',
  },
])('helm refuses $refused', ({ text, cause, remedy }) => {
  const found = admissionErrorCause(`Error: UPGRADE FAILED: ${text}`, 'monitoring')
  expect(found.cause).toBe(cause)
  expect(found.remedy).toContain(remedy)
})
