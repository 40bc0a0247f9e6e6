import type { Cause } from './types.ts'

const webhooks =
  '`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml` says whose it is'

const kinds: readonly Readonly<{
  pattern: RegExp
  explain: (found: readonly string[], namespace: string) => Cause
}>[] = [
  {
    pattern: /exceeded quota: (\S+), requested: (.+), used: (.+), limited: (.+)/,
    explain: ([, quota, requested, used, limited], namespace) => ({
      cause: `ResourceQuota ${namespace}/${quota} is exceeded: requested ${requested}, used ${used}, limited to ${limited}`,
      remedy: `\`kubectl -n ${namespace} edit resourcequota ${quota}\`, or lower what is asked for`,
    }),
  },
  {
    pattern: /failed quota: (\S+): (.+)/,
    explain: ([, quota, what], namespace) => ({
      cause: `ResourceQuota ${namespace}/${quota}: ${what}`,
      remedy: `\`kubectl -n ${namespace} edit resourcequota ${quota}\`, or set what it wants to be set`,
    }),
  },
  {
    pattern: /admission webhook "([^"]+)" denied the request: (.+)$/s,
    explain: ([, webhook, why]) => ({
      cause: `admission webhook ${webhook} objects: ${why}`,
      remedy: `correct what it objects to; ${webhooks}`,
    }),
  },
  {
    pattern: /failed calling webhook "([^"]+)": .*?Post "([^"]+)": (.+)$/s,
    explain: ([, webhook, url = '', why]) => {
      const [, service, namespace] = /^https:\/\/([^./]+)\.([^./]+)\.svc/.exec(url) ?? []
      return {
        cause: `admission webhook ${webhook} gives no answer: ${why}`,
        remedy: `${
          service === undefined
            ? `see what stands at ${url}`
            : `the pods behind Service ${namespace}/${service} must be Ready: \`kubectl -n ${namespace} get service,pods\``
        }; ${webhooks}`,
      }
    },
  },
  {
    pattern: /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: (.+)$/s,
    explain: ([, policy, binding, why]) => ({
      cause: `ValidatingAdmissionPolicy ${policy} objects: ${why}`,
      remedy: `correct what it objects to, or change the policy: \`kubectl get validatingadmissionpolicybinding ${binding} -o yaml\``,
    }),
  },
  {
    pattern: /violates PodSecurity "([^":]+)[^"]*": (.+)$/s,
    explain: ([, level, what], namespace) => ({
      cause: `namespace ${namespace} enforces Pod Security level ${level}: ${what}`,
      remedy: `set that securityContext, or \`kubectl label --overwrite namespace ${namespace} pod-security.kubernetes.io/enforce=privileged\``,
    }),
  },
  {
    pattern: /serviceaccount "([^"]+)" not found/,
    explain: ([, account], namespace) => ({
      cause: `ServiceAccount ${namespace}/${account} does not exist`,
      remedy: `create it, or name one that is there: \`kubectl -n ${namespace} get serviceaccounts\``,
    }),
  },
  {
    pattern: /no PriorityClass with name (\S+) was found/,
    explain: ([, name]) => ({
      cause: `PriorityClass ${name} does not exist`,
      remedy: 'create it, or name one that is there: `kubectl get priorityclasses`',
    }),
  },
  {
    // Of a StatefulSet it is every field but a few.
    pattern:
      /(\w+)(?:\.[\w.]+)? "([^"]+)" is invalid: (\S+): (?:Invalid value: .*?: field is immutable|Forbidden: (?:updates to statefulset spec|field is immutable))/s,
    explain: ([, kind, name, field], namespace) => ({
      cause: `${kind} ${namespace}/${name} cannot be changed in place at ${field}`,
      remedy: `\`kubectl -n ${namespace} delete ${kind?.toLowerCase()} ${name} --cascade=orphan\`, then upgrade again: its pods go on meanwhile`,
    }),
  },
  {
    pattern:
      /conflict occurred while applying object ([^\s/]*)\/(\S+) \S*, Kind=(\w+): Apply failed with \d+ conflicts?: (.+)$/s,
    explain: ([, namespace, name, kind, whose]) => ({
      cause: `somebody else has set fields of ${kind} ${namespace}/${name} since helm did: ${whose}`,
      remedy: `\`kubectl -n ${namespace} delete ${kind?.toLowerCase()} ${name}\`: the chart makes it anew; or \`npm run clean\`, for a new cluster`,
    }),
  },
  {
    pattern: /chart requires kubeVersion: (\S+) which is incompatible with Kubernetes (\S+)/,
    explain: ([, wanted, version]) => ({
      cause: `the chart wants Kubernetes ${wanted}, this is ${version}`,
      remedy: 'set E2E_NODE_IMAGE to a node image of such a version, or stay on the chart of before',
    }),
  },
  {
    pattern: /values don't meet the specifications of the schema\(s\) in the following chart\(s\):\s*(.+)$/s,
    explain: ([, what = '']) => ({
      cause: `the chart refuses its values: ${what.trim().replaceAll(':\n- ', ': ').replaceAll('\n- ', '; ')}`,
      remedy: 'correct them in the values file; `helm show values` lists those that the chart knows',
    }),
  },
  {
    pattern: /Invalid value: (\d+): provided port is already allocated/,
    explain: ([, port]) => ({
      cause: `node port ${port} is another Service's`,
      remedy: `\`kubectl get services -A\` says whose; delete that one, or give it another port`,
    }),
  },
]

/**
 * What the API server means where it refuses an object.
 * @param message its answer, or that of whoever passes it on: a ReplicaFailure condition, a FailedCreate event, helm
 * @returns undefined where it is none of the refusals that are known
 */
const knownCause = (message: string, namespace: string): Cause | undefined => {
  const text = message.trim()
  const [found] = kinds.flatMap(({ pattern, explain }) => {
    const match = pattern.exec(text)
    return match ? [explain(match, namespace)] : []
  })
  return found
}

/** The same of any message. */
export const admissionErrorCause = (message: string, namespace: string): Cause =>
  knownCause(message, namespace) ?? {
    cause: message
      .trim()
      .replace(/^.*Error creating: /s, '')
      .replace(/^\w+ "[^"]*" is forbidden: /, ''),
  }

/** What a message of a known refusal comes to, and what to do, in two lines; undefined where it tells of none. */
export const explainAdmissionError = (message: string, namespace: string): string | undefined => {
  const { cause, remedy } = knownCause(message, namespace) ?? {}
  return remedy === undefined ? cause : `${cause}\n  remedy: ${remedy}`
}

/** A message, and below it what to do where it tells of a known refusal. */
export const withRemedy = (message: string, namespace: string): string => {
  const remedy = knownCause(message, namespace)?.remedy
  return remedy === undefined ? message : `${message}\n  remedy: ${remedy}`
}
