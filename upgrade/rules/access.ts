import type { Fields, Named, Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { compareEach, type Rule } from './common.ts'

type Objects = Observation['objects']

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

/** Where a binding grants the permissions of its role: in its namespace, or everywhere. */
const scopeOf = (binding: string): string => {
  const [kind = '', name = ''] = binding.split(' ')
  return kind === 'RoleBinding' ? ` in ${name.split('/')[0]}` : ''
}

const roleOf = (binding: string, { role }: Fields): string => {
  const [kind, name] = String(role).split(' ')
  return kind === 'Role' ? `Role ${binding.split(' ')[1]?.split('/')[0]}/${name}` : `ClusterRole ${name}`
}

/** What each subject may do, whichever roles grant it. Roles of Kubernetes itself are not observed. */
const permissionsOf = (objects: Objects): Named<readonly string[]> => {
  const granted = Object.entries(objects)
    .filter(([name]) => /^(Cluster)?RoleBinding /.test(name))
    .flatMap(([name, fields]) =>
      list(fields['subjects']).map((subject) => {
        const rules = list(objects[roleOf(name, fields)]?.['rules'])
        return { subject, rules: rules.map((rule) => `${rule}${scopeOf(name)}`) }
      }),
    )
  return Object.fromEntries(
    [...Map.groupBy(granted, ({ subject }) => subject)].map(([subject, own]) => [
      subject,
      [...new Set(own.flatMap(({ rules }) => rules))],
    ]),
  )
}

const shown = (permissions: readonly string[]) =>
  permissions.length > 5
    ? `${permissions.slice(0, 4).join(', ')} and ${permissions.length - 4} more`
    : permissions.join(', ')

// A permission for everything, or for passwords and keys.
const isWide = (permission: string) => /(^|[ .])\*|^(get|list|watch) secrets\b/.test(permission)

const isWithin = (part: string | undefined, granted: string | undefined) =>
  granted === '*' || granted === part

/** Whether one of the permissions grants another, by name or by `*`. */
const isGranted = (permission: string, all: readonly string[]): boolean => {
  const partsOf = (text: string) => {
    const [, verb, resource, group, scope] = /^(\S+) ([^\s.]+)\.?(\S*)(.*)$/.exec(text) ?? [undefined, text]
    return { verb, resource, group, scope }
  }
  const wanted = partsOf(permission)
  return all
    .map(partsOf)
    .some(
      (one) =>
        isWithin(wanted.verb, one.verb) &&
        isWithin(wanted.resource, one.resource) &&
        isWithin(wanted.group, one.group) &&
        (one.scope === '' || one.scope === wanted.scope),
    )
}

/** What ServiceAccounts and users may no longer do, and what they may do now. */
export const permissions: Rule = (before, after) =>
  compareEach(
    permissionsOf(before.objects),
    permissionsOf(after.objects),
    (subject, old = [], now = []): readonly Difference[] => {
      const lost = old.filter((permission) => !isGranted(permission, now))
      // What is new needs permissions of its own.
      const gained = now.filter(
        (permission) => !isGranted(permission, old) && (old.length > 0 || isWide(permission)),
      )
      const isWider = gained.some(isWide)
      return [
        ...(lost.length > 0
          ? [
              findingsAbout(`permissions-lost/${subject}`, `permissions:${subject}`)(
                'change',
                'medium',
                `${subject} may no longer: ${shown(lost)}`,
                'look for `forbidden` in the logs of its pods, and add a Role of your own if they need it',
              ),
            ]
          : []),
        ...(gained.length > 0
          ? [
              findingsAbout(`permissions-gained/${subject}`, `permissions:${subject}`)(
                'change',
                isWider ? 'medium' : 'low',
                `${subject} may now: ${shown([...gained.filter(isWide), ...gained.filter((one) => !isWide(one))])}`,
                isWider ? 'check whether it may: whoever runs as it reads or changes more than before' : '',
              ),
            ]
          : []),
      ]
    },
  )

const levels = ['nobody', 'some', 'everyone']

/** Who may connect to each port that a policy selects: policies add up. */
const admissionsOf = (objects: Objects): Named<string> => {
  const admits = Object.entries(objects)
    .filter(([name]) => name.startsWith('NetworkPolicy '))
    .flatMap(([, fields]) => Object.entries((fields['admits'] ?? {}) as Named<string>))
  return Object.fromEntries(
    [...Map.groupBy(admits, ([port]) => port)].map(([port, own]) => [
      port,
      levels[Math.max(...own.map(([, level]) => levels.indexOf(level)))] ?? 'everyone',
    ]),
  )
}

type Client = 'outside' | 'inside' | 'none'

/** Where the clients of a port may be, by the Services that lead to it. */
const clientsOf = (port: string, objects: Objects): Client => {
  const [workload = '', name = ''] = port.split(/: (?=[^:]+$)/)
  const labels = (objects[workload]?.['selector'] ?? {}) as Named<string>
  const namespace = workload.split(/[ /]/)[1]
  const types = Object.entries(objects).flatMap(([service, { type, selector, ports }]) => {
    const selects = Object.entries((selector ?? {}) as Named<string>)
    // A target port may be the number of a container port, which has the name of the Service's by convention.
    const targets = Object.entries((ports ?? {}) as Named<Readonly<{ targetPort?: string }>>)
    const isOfPort =
      service.startsWith(`Service ${namespace}/`) &&
      selects.length > 0 &&
      selects.every(([key, value]) => labels[key] === undefined || labels[key] === value) &&
      targets.some(([port, { targetPort }]) => targetPort === name || port === name)
    return isOfPort ? [type] : []
  })
  if (types.length === 0) return 'none'
  return types.every((type) => type === 'ClusterIP') ? 'inside' : 'outside'
}

/** Ports of Services that NetworkPolicies admit fewer clients to. */
export const admissions: Rule = (before, after) => {
  const [old, now] = [admissionsOf(before.objects), admissionsOf(after.objects)]
  return compareEach(old, now, (port, was = 'everyone', is = 'everyone') => {
    const clients = clientsOf(port, after.objects)
    if (levels.indexOf(is) >= levels.indexOf(was) || clients === 'none') return undefined
    const finding = findingsAbout(`network/${port}`, `network:${port}`)
    const remedy = 'allow the clients in a NetworkPolicy, or switch off the one of the chart'
    if (is === 'nobody') {
      const sentence = `NetworkPolicies admit nobody to port ${port}: its clients time out`
      return finding('new', 'high', sentence, remedy)
    }
    const sentence = `NetworkPolicies admit only the pods that they name to port ${port}`
    return clients === 'outside'
      ? finding('new', 'high', `${sentence}: clients outside the cluster time out`, remedy)
      : finding('change', 'medium', sentence, remedy)
  })
}

const reaches = ['nothing', 'some', 'everything']

/** What the pods of each workload may connect to: policies add up. */
const egressOf = (objects: Objects): Named<string> => {
  const limits = Object.entries(objects)
    .filter(([name]) => name.startsWith('NetworkPolicy '))
    .flatMap(([, { egress, selects }]) =>
      egress === undefined ? [] : list(selects).map((workload) => [workload, egress as string] as const),
    )
  return Object.fromEntries(
    [...Map.groupBy(limits, ([workload]) => workload)].map(([workload, own]) => [
      workload,
      reaches[Math.max(...own.map(([, reach]) => reaches.indexOf(reach)))] ?? 'everything',
    ]),
  )
}

/** Workloads that NetworkPolicies let connect to less. */
export const egress: Rule = (before, after) =>
  compareEach(
    egressOf(before.objects),
    egressOf(after.objects),
    (workload, was = 'everything', is = 'everything') => {
      if (reaches.indexOf(is) >= reaches.indexOf(was)) return undefined
      const finding = findingsAbout(`egress/${workload}`, `egress:${workload}`)
      const remedy = 'allow what they connect to in a NetworkPolicy, or switch off the one of the chart'
      return is === 'nothing'
        ? finding(
            'new',
            'high',
            `NetworkPolicies let the pods of ${workload} connect to nothing, not even DNS: whatever they send is lost`,
            remedy,
          )
        : finding(
            'change',
            'medium',
            `NetworkPolicies let the pods of ${workload} connect only to what they name`,
            remedy,
          )
    },
  )
