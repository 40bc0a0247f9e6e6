import { quantityOf } from '../../../lib/quantities.ts'
import {
  always,
  breaks,
  differs,
  ifLower,
  ifSet,
  keepValue,
  altersMeaning,
  shorterRetention,
  type Judge,
  type Judged,
  type SettingRule,
} from '../judge.ts'

const lostVolume: Judge = (old, now) => {
  if (old === undefined || old === 'emptyDir') return differs('low')
  if (now === undefined || now === 'emptyDir')
    return altersMeaning(
      'high',
      'what it stores is lost whenever its pod is deleted',
      "set the chart's persistence or storage values for it, as before",
    )
  return altersMeaning(
    'high',
    'what it stored stays on the old volume',
    'move the data, or set the old volume',
  )
}

const itemsOf = (list: string | undefined) => JSON.parse(list ?? '[]') as readonly string[]
const ifFewer =
  (judged: Judged): Judge =>
  (old, now) =>
    itemsOf(old).some((item) => !itemsOf(now).includes(item)) ? judged : undefined

/** Kubernetes objects: where workloads store data, what they request, and how clients reach them. */
export const workloads: readonly SettingRule[] = [
  {
    subject: /^StatefulSet /,
    setting: /^retention$/,
    judge: shorterRetention(
      altersMeaning(
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
        ? differs('medium', 'a node needs this much free capacity, or the pod stays Pending', keepValue)
        : undefined,
  },
  {
    subject: /^(Deployment|StatefulSet) /,
    setting: /^replicas$/,
    judge: ifSet('0', breaks('high', 'none of its pods runs')),
  },
  {
    subject: /^(Validating|Mutating)WebhookConfiguration /,
    setting: /^webhooks\./,
    judge: ifSet(
      'Fail',
      differs('medium', 'the objects that it checks are refused while its server is down'),
    ),
  },
  {
    subject: /^Ingress /,
    setting: /^tls$/,
    judge: ifFewer(breaks('medium', 'clients that use HTTPS get a different certificate')),
  },
  {
    subject: /^Service /,
    setting: /^type$/,
    judge: ifSet(
      'ClusterIP',
      breaks(
        'medium',
        'clients outside the cluster are refused',
        'set the old type in the values file, or tell its users',
      ),
    ),
  },
  {
    subject: /^Service /,
    setting: /^type$/,
    judge: always(differs('medium', 'clients outside the cluster may now reach it', 'check that they may')),
  },
  {
    subject: /^(Deployment|StatefulSet) /,
    setting: /^replicas$/,
    judge: ifLower(Number, 1, differs('medium', 'fewer pods are left if a node fails')),
  },
  { subject: /^(Deployment|StatefulSet|DaemonSet) /, setting: /^volumes\./, judge: lostVolume },
  {
    subject: /^(Deployment|StatefulSet|DaemonSet) /,
    setting: /^securityContext\./,
    judge: always(
      differs(
        'medium',
        'it may not be able to read or write the files that are already on its volumes',
        "look at the pod's log for `permission denied`; fsGroup changes the group of the files",
      ),
    ),
  },
]
