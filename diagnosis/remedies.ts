/**
 * A run with E2E_KEEP leaves a release alone that has the right version and values, whatever became of its objects. Done
 * in helm's name, since helm refuses to upgrade what somebody else has set.
 */
export const reapplyChart =
  '`helm -n monitoring get manifest kube-prometheus-stack | kubectl apply --server-side --field-manager=helm --force-conflicts -f -` ' +
  'makes anew what the chart renders'
