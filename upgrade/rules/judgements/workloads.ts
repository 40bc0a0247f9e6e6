import { quantityOf } from '../../../lib/quantities.ts'
import {
  always,
  broken,
  harmless,
  ifLower,
  ifSet,
  keepValue,
  meaning,
  shorterRetention,
  type Judge,
  type Judged,
  type Judgement,
} from '../judge.ts'

const lostVolume: Judge = (old, now) => {
  if (old === undefined || old === 'emptyDir') return harmless('low')
  if (now === undefined || now === 'emptyDir')
    return meaning(
      'high',
      'what it stores is lost whenever its pod is deleted',
      "set the chart's persistence or storage values for it, as before",
    )
  return meaning('high', 'what it stored stays on the old volume', 'move the data, or set the old volume')
}

const itemsOf = (list: string | undefined) => JSON.parse(list ?? '[]') as readonly string[]
const ifFewer =
  (judged: Judged): Judge =>
  (old, now) =>
    itemsOf(old).some((item) => !itemsOf(now).includes(item)) ? judged : undefined

/** Objects of Kubernetes: where workloads have their data, what they need, and how clients reach them. */
export const workloads: readonly Judgement[] = [
  {
    subject: /^StatefulSet /,
    setting: /^retention$/,
    judge: shorterRetention(
      meaning(
        'medium',
        'expired silences and the notification log are forgotten sooner',
        'set alertmanager.alertmanagerSpec.retention to the old value',
      ),
    ),
  },
  {
    subject: /^(Deployment|StatefulSet|DaemonSet) /,
    setting: /^resources\..*\.requests /,
    judge: (old, now) =>
      old !== undefined && now !== undefined && quantityOf(now) >= 2 * quantityOf(old)
        ? harmless('medium', 'a node needs that much free, or the pod stays Pending', keepValue)
        : undefined,
  },
  {
    subject: /^(Deployment|StatefulSet) /,
    setting: /^replicas$/,
    judge: ifSet('0', broken('high', 'no pod of it runs')),
  },
  {
    subject: /^(Validating|Mutating)WebhookConfiguration /,
    setting: /^webhooks\./,
    judge: ifSet(
      'Fail',
      harmless('medium', 'the objects that it checks are refused while its server is away'),
    ),
  },
  {
    subject: /^Ingress /,
    setting: /^tls$/,
    judge: ifFewer(broken('medium', 'clients that use HTTPS get another certificate')),
  },
  {
    subject: /^Service /,
    setting: /^type$/,
    judge: ifSet(
      'ClusterIP',
      broken(
        'medium',
        'clients outside the cluster are refused',
        'set the old type in the values file, or inform users',
      ),
    ),
  },
  {
    subject: /^Service /,
    setting: /^type$/,
    judge: always(
      harmless('medium', 'clients outside the cluster can reach it in another way', 'check whether they may'),
    ),
  },
  {
    subject: /^(Deployment|StatefulSet) /,
    setting: /^replicas$/,
    judge: ifLower(Number, 1, harmless('medium', 'fewer pods are left if a node fails')),
  },
  { subject: /^(Deployment|StatefulSet|DaemonSet) /, setting: /^volumes\./, judge: lostVolume },
  {
    subject: /^(Deployment|StatefulSet|DaemonSet) /,
    setting: /^securityContext\./,
    judge: always(
      harmless(
        'medium',
        'files that its volumes already have may not be readable or writable for it',
        "look at the pod's log for `permission denied`; fsGroup changes the group of the files",
      ),
    ),
  },
]
