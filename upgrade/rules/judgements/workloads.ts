import { always, harmless, ifLower, meaning, shorterRetention, type Judge, type Judgement } from '../judge.ts'

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

/** Workloads: where their data is, and how long Alertmanager keeps it. */
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
