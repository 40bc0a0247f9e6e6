import type { Cause } from './types.ts'

const webhooks =
  '`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml` shows who owns it'

const kinds: readonly Readonly<{
  pattern: RegExp
  explain: (found: readonly string[], namespace: string) => Cause
}>[] = [
  {
    pattern: /exceeded quota: (\S+), requested: (.+), used: (.+), limited: (.+)/,
    explain: ([, quota, requested, used, limited], namespace) => ({
      cause: `ResourceQuota ${namespace}/${quota} is exceeded: requested ${requested}, used ${used}, limited to ${limited}`,
      remedy: `\`kubectl -n ${namespace} edit resourcequota ${quota}\`, or lower the request`,
    }),
  },
  {
    pattern: /failed quota: (\S+): (.+)/,
    explain: ([, quota, what], namespace) => ({
      cause: `ResourceQuota ${namespace}/${quota}: ${what}`,
      remedy: `\`kubectl -n ${namespace} edit resourcequota ${quota}\`, or set what it requires`,
    }),
  },
  {
    pattern: /admission webhook "([^"]+)" denied the request: (.+)$/s,
    explain: ([, webhook, why]) => ({
      cause: `admission webhook ${webhook} denied the request: ${why}`,
      remedy: `correct what it objects to; ${webhooks}`,
    }),
  },
  {
    pattern: /failed calling webhook "([^"]+)": .*?Post "([^"]+)": (.+)$/s,
    explain: ([, webhook, url = '', why]) => {
      const [, service, namespace] = /^https:\/\/([^./]+)\.([^./]+)\.svc/.exec(url) ?? []
      return {
        cause: `admission webhook ${webhook} cannot be called: ${why}`,
        remedy: `${
          service === undefined
            ? `check the server at ${url}`
            : `the pods behind Service ${namespace}/${service} must be Ready: \`kubectl -n ${namespace} get service,pods\``
        }; ${webhooks}`,
      }
    },
  },
  {
    pattern: /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: (.+)$/s,
    explain: ([, policy, binding, why]) => ({
      cause: `ValidatingAdmissionPolicy ${policy} denied the request: ${why}`,
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
      remedy: `create it, or name an existing one: \`kubectl -n ${namespace} get serviceaccounts\``,
    }),
  },
  {
    pattern: /no PriorityClass with name (\S+) was found/,
    explain: ([, name]) => ({
      cause: `PriorityClass ${name} does not exist`,
      remedy: 'create it, or name an existing one: `kubectl get priorityclasses`',
    }),
  },
  {
    // Most fields of a StatefulSet are immutable.
    pattern:
      /(\w+)(?:\.[\w.]+)? "([^"]+)" is invalid: (\S+): (?:Invalid value: .*?: field is immutable|Forbidden: (?:updates to statefulset spec|field is immutable))/s,
    explain: ([, kind, name, field], namespace) => ({
      cause: `${kind} ${namespace}/${name} cannot be changed in place at ${field}`,
      remedy: `\`kubectl -n ${namespace} delete ${kind?.toLowerCase()} ${name} --cascade=orphan\`, then upgrade again: its pods keep running`,
    }),
  },
  {
    pattern:
      /conflict occurred while applying object ([^\s/]*)\/(\S+) \S*, Kind=(\w+): Apply failed with \d+ conflicts?: (.+)$/s,
    explain: ([, namespace, name, kind, whose]) => ({
      cause: `another field manager changed fields of ${kind} ${namespace}/${name}: ${whose}`,
      remedy: `\`kubectl -n ${namespace} delete ${kind?.toLowerCase()} ${name}\`: the chart recreates it; or \`npm run clean\`, for a new cluster`,
    }),
  },
  {
    pattern: /chart requires kubeVersion: (\S+) which is incompatible with Kubernetes (\S+)/,
    explain: ([, wanted, version]) => ({
      cause: `the chart requires Kubernetes ${wanted}, the cluster runs ${version}`,
      remedy: 'set E2E_NODE_IMAGE to a node image of such a version, or keep the previous chart',
    }),
  },
  {
    pattern: /values don't meet the specifications of the schema\(s\) in the following chart\(s\):\s*(.+)$/s,
    explain: ([, what = '']) => ({
      cause: `the chart rejects its values: ${what.trim().replaceAll(':\n- ', ': ').replaceAll('\n- ', '; ')}`,
      remedy: 'correct them in the values file; `helm show values` lists the known ones',
    }),
  },
  {
    pattern: /Invalid value: (\d+): provided port is already allocated/,
    explain: ([, port]) => ({
      cause: `node port ${port} is already used by another Service`,
      remedy: `\`kubectl get services -A\` shows which; delete it, or change its port`,
    }),
  },
]

/**
 * Why the API server rejected an object, and what to do.
 * @param message its error, also as quoted by a ReplicaFailure condition, a FailedCreate event or helm
 * @returns undefined if the error is not a known one
 */
const knownCause = (message: string, namespace: string): Cause | undefined => {
  const text = message.trim()
  const [found] = kinds.flatMap(({ pattern, explain }) => {
    const match = pattern.exec(text)
    return match ? [explain(match, namespace)] : []
  })
  return found
}

/** Why the API server rejected an object; an unknown error is quoted. */
export const admissionErrorCause = (message: string, namespace: string): Cause =>
  knownCause(message, namespace) ?? {
    cause: message
      .trim()
      .replace(/^.*Error creating: /s, '')
      .replace(/^\w+ "[^"]*" is forbidden: /, ''),
  }

/** The cause and the remedy of a known admission error, in two lines. */
export const explainAdmissionError = (message: string, namespace: string): string | undefined => {
  const { cause, remedy } = knownCause(message, namespace) ?? {}
  return remedy === undefined ? cause : `${cause}\n  remedy: ${remedy}`
}

/** The message, followed by the remedy if it is a known admission error. */
export const withRemedy = (message: string, namespace: string): string => {
  const remedy = knownCause(message, namespace)?.remedy
  return remedy === undefined ? message : `${message}\n  remedy: ${remedy}`
}
