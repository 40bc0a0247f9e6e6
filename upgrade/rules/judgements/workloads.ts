import {
  always,
  differs,
  ifLower,
  altersMeaning,
  shorterRetention,
  type Judge,
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

/** Workloads: where they store data, for how long, and as which user. */
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
