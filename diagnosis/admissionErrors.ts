import { explainMessage, type Kinds } from './patterns.ts'
import type { Cause } from './types.ts'
import { describeCause } from './remedies.ts'

const webhooks =
  '`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml` shows who owns it'

const kinds: Kinds<string, Cause> = [
  [
    /exceeded quota: (\S+), requested: (.+), used: (.+), limited: (.+)/,
    ([, quota, requested, used, limited], namespace) => ({
      cause: `ResourceQuota ${namespace}/${quota} is exceeded: requested ${requested}, used ${used}, limited to ${limited}`,
      remedy: `\`kubectl -n ${namespace} edit resourcequota ${quota}\`, or lower the request`,
    }),
  ],
  [
    /admission webhook "([^"]+)" denied the request: (.+)$/s,
    ([, webhook, reason]) => ({
      cause: `admission webhook ${webhook} denied the request: ${reason}`,
      remedy: `change the object as the message says; ${webhooks}`,
    }),
  ],
  [
    /failed calling webhook "([^"]+)": .*?Post "([^"]+)": (.+)$/s,
    ([, webhook, url = '', reason]) => {
      const [, service, namespace] = /^https:\/\/([^./]+)\.([^./]+)\.svc/.exec(url) ?? []
      const check =
        service === undefined
          ? `check the server at ${url}`
          : `the pods behind Service ${namespace}/${service} must be Ready: \`kubectl -n ${namespace} get service,pods\``
      return {
        cause: `admission webhook ${webhook} cannot be called: ${reason}`,
        remedy: `${check}; ${webhooks}`,
      }
    },
  ],
  [
    /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: (.+)$/s,
    ([, policy, binding, reason]) => ({
      cause: `ValidatingAdmissionPolicy ${policy} denied the request: ${reason}`,
      remedy: `change the object as the message says, or change the policy: \`kubectl get validatingadmissionpolicybinding ${binding} -o yaml\``,
    }),
  ],
  [
    /violates PodSecurity "([^":]+)[^"]*": (.+)$/s,
    ([, level, violations], namespace) => ({
      cause: `namespace ${namespace} enforces Pod Security level ${level}: ${violations}`,
      remedy: `set that securityContext, or \`kubectl label --overwrite namespace ${namespace} pod-security.kubernetes.io/enforce=privileged\``,
    }),
  ],
  [
    /serviceaccount "([^"]+)" not found/,
    ([, account], namespace) => ({
      cause: `ServiceAccount ${namespace}/${account} does not exist`,
      remedy: `create it, or name an existing one: \`kubectl -n ${namespace} get serviceaccounts\``,
    }),
  ],
  [
    /no PriorityClass with name (\S+) was found/,
    ([, name]) => ({
      cause: `PriorityClass ${name} does not exist`,
      remedy: 'create it, or name an existing one: `kubectl get priorityclasses`',
    }),
  ],
  [
    // Most fields of a StatefulSet are immutable.
    /(\w+)(?:\.[\w.]+)? "([^"]+)" is invalid: (\S+): (?:Invalid value: .*?: field is immutable|Forbidden: (?:updates to statefulset spec|field is immutable))/s,
    ([, kind, name, field], namespace) => ({
      cause: `${kind} ${namespace}/${name} cannot be changed in place at ${field}`,
      remedy: `\`kubectl -n ${namespace} delete ${kind?.toLowerCase()} ${name} --cascade=orphan\`, then run helm again: its pods keep running`,
    }),
  ],
  [
    /conflict occurred while applying object ([^\s/]*)\/(\S+) \S*, Kind=(\w+): Apply failed with \d+ conflicts?: (.+)$/s,
    ([, namespace, name, kind, conflicts]) => ({
      cause: `another field manager changed fields of ${kind} ${namespace}/${name}: ${conflicts}`,
      remedy: `\`kubectl -n ${namespace} delete ${kind?.toLowerCase()} ${name}\`: the chart recreates it; or \`npm run clean\`, for a new cluster`,
    }),
  ],
  [
    /chart requires kubeVersion: (\S+) which is incompatible with Kubernetes (\S+)/,
    ([, wanted, version]) => ({
      cause: `the chart requires Kubernetes ${wanted}, the cluster runs ${version}`,
      remedy: 'set E2E_NODE_IMAGE to a node image of such a version, or keep the previous chart',
    }),
  ],
  [
    /values don't meet the specifications of the schema\(s\) in the following chart\(s\):\s*(.+)$/s,
    ([, errors = '']) => ({
      cause: `the chart rejects its values: ${errors.trim().replaceAll(':\n- ', ': ').replaceAll('\n- ', '; ')}`,
      remedy: 'correct them in the values file; `helm show values` lists the known ones',
    }),
  ],
  [
    /Invalid value: (\d+): provided port is already allocated/,
    ([, port]) => ({
      cause: `node port ${port} is already used by another Service`,
      remedy: `\`kubectl get services -A\` shows which one; delete it, or change its port`,
    }),
  ],
]

/**
 * Why the API server rejected an object; an unknown error is quoted.
 * @param message its error, also as quoted by a ReplicaFailure condition, a FailedCreate event or helm
 */
export const admissionErrorCause = (message: string, namespace: string): Cause =>
  explainMessage(kinds, message.trim(), namespace) ?? {
    cause: message
      .trim()
      .replace(/^.*Error creating: /s, '')
      .replace(/^\w+ "[^"]*" is forbidden: /, ''),
  }

/** The cause and the remedy of a known admission error, in two lines. */
export const explainAdmissionError = (message: string, namespace: string): string | undefined => {
  const known = explainMessage(kinds, message.trim(), namespace)
  return known && describeCause(known)
}

/** The message, followed by the remedy if it is a known admission error. */
export const withRemedy = (message: string, namespace: string): string => {
  const known = explainMessage(kinds, message.trim(), namespace)
  return known ? describeCause({ ...known, cause: message }) : message
}
