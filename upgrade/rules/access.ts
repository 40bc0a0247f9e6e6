import { few } from '../../lib/messages.ts'
import type { Fields, Named, Observation } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { compareEach, isSame, type Rule } from './common.ts'

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

/** The permissions of each subject, whichever roles grant them. The roles of Kubernetes itself are not observed. */
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

const shownPermissions = 4

/** The workload that runs as a ServiceAccount, if it runs the same images with the same arguments before and after. */
const unchangedUser = (subject: string, before: Observation, after: Observation): string | undefined => {
  const [, namespace, account] = /^ServiceAccount ([^/]*)\/(.*)$/.exec(subject) ?? []
  const imagesOf = ({ images }: Observation, workload: string) =>
    Object.entries(images).filter(([container]) => container.startsWith(`${workload}: `))
  return Object.entries(after.objects).find(
    ([name, { serviceAccount }]) =>
      serviceAccount === account &&
      name.split(/[ /]/)[1] === namespace &&
      isSame(imagesOf(before, name), imagesOf(after, name)) &&
      before.objects[name]?.['arguments'] === after.objects[name]?.['arguments'],
  )?.[0]
}

// Anything, or reading passwords and keys.
const isWide = (permission: string) => /(^|[ .])\*|^(get|list|watch) secrets\b/.test(permission)

const isWithin = (part: string | undefined, granted: string | undefined) =>
  granted === '*' || granted === part

/** Whether one of the permissions includes another, by name or by `*`. */
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

/** @param user the workload that still needs them, if there is one */
const lostPermissions = (subject: string, lost: readonly string[], user: string | undefined): Difference => {
  const finding = findingsAbout(`permissions-lost/${subject}`, `permissions:${subject}`)
  const sentence = `${subject} lost permissions: ${few(lost, shownPermissions)}`
  if (user === undefined)
    return finding(
      'change',
      'medium',
      sentence,
      'look for `forbidden` in the logs of its pods, and grant what they need in a Role of your own',
    )
  return finding(
    'new',
    'high',
    `${sentence}; ${user}, which runs the same programs as before, is refused once it asks again, at its next restart at the latest`,
    'grant them in a Role of your own',
  )
}

/** Permissions that ServiceAccounts and users lost or gained. */
export const permissions: Rule = (before, after) =>
  compareEach(
    permissionsOf(before.objects),
    permissionsOf(after.objects),
    (subject, old = [], now = []): readonly Difference[] => {
      const lost = old.filter((permission) => !isGranted(permission, now))
      // A new subject is no surprise unless it may do everything or read Secrets.
      const gained = now.filter(
        (permission) => !isGranted(permission, old) && (old.length > 0 || isWide(permission)),
      )
      const isWider = gained.some(isWide)
      return [
        ...(lost.length > 0 ? [lostPermissions(subject, lost, unchangedUser(subject, before, after))] : []),
        ...(gained.length > 0
          ? [
              findingsAbout(`permissions-gained/${subject}`, `permissions:${subject}`)(
                'change',
                isWider ? 'medium' : 'low',
                `${subject} gained permissions: ${few([...gained.filter(isWide), ...gained.filter((one) => !isWide(one))], shownPermissions)}`,
                isWider
                  ? 'check that you accept this: every pod that runs as it can now read or change more'
                  : '',
              ),
            ]
          : []),
      ]
    },
  )

const policiesIn = (objects: Objects): readonly Fields[] =>
  Object.entries(objects).flatMap(([name, fields]) => (name.startsWith('NetworkPolicy ') ? [fields] : []))

/** The most permissive level under each name: NetworkPolicies are additive. */
const mostPermissive = (
  entries: readonly (readonly [string, string])[],
  levels: readonly string[],
): Named<string> =>
  Object.fromEntries(
    [...Map.groupBy(entries, ([name]) => name)].map(([name, own]) => [
      name,
      levels[Math.max(...own.map(([, level]) => levels.indexOf(level)))] ?? levels.at(-1) ?? '',
    ]),
  )

const levels = ['nobody', 'some', 'everyone']

/** Who may connect to each port that policies select. */
const admissionsOf = (objects: Objects): Named<string> =>
  mostPermissive(
    policiesIn(objects).flatMap(({ admits }) => Object.entries((admits ?? {}) as Named<string>)),
    levels,
  )

type Client = 'outside' | 'inside' | 'none'

/** Where the clients of a port may be: a Service other than a ClusterIP admits them from outside. */
const clientsOf = (port: string, objects: Objects): Client => {
  const [workload = '', name = ''] = port.split(/: (?=[^:]+$)/)
  const labels = (objects[workload]?.['selector'] ?? {}) as Named<string>
  const namespace = workload.split(/[ /]/)[1]
  const types = Object.entries(objects).flatMap(([service, { type, selector, ports }]) => {
    const selects = Object.entries((selector ?? {}) as Named<string>)
    // If targetPort is a number, the container port usually has the same name as the port of the Service.
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

/** Ports of Services to which NetworkPolicies admit fewer clients than before. */
export const admissions: Rule = (before, after) => {
  const [old, now] = [admissionsOf(before.objects), admissionsOf(after.objects)]
  return compareEach(old, now, (port, was = 'everyone', is = 'everyone') => {
    const clients = clientsOf(port, after.objects)
    if (levels.indexOf(is) >= levels.indexOf(was) || clients === 'none') return undefined
    const finding = findingsAbout(`network/${port}`, `network:${port}`)
    const remedy = 'allow its clients in a NetworkPolicy of your own, or disable the one of the chart'
    if (is === 'nobody') {
      const sentence = `NetworkPolicies no longer admit anybody to port ${port} (${was} before): its clients time out`
      return finding('new', 'high', sentence, remedy)
    }
    const sentence = `NetworkPolicies now admit only selected pods to port ${port} (${was} before)`
    return clients === 'outside'
      ? finding('new', 'high', `${sentence}: clients outside the cluster time out`, remedy)
      : finding('change', 'medium', sentence, remedy)
  })
}

const reaches = ['nothing', 'some', 'everything']

/** What the pods of each workload may connect to. */
const egressOf = (objects: Objects): Named<string> =>
  mostPermissive(
    policiesIn(objects).flatMap(({ egress, selects }) =>
      egress === undefined ? [] : list(selects).map((workload) => [workload, egress as string] as const),
    ),
    reaches,
  )

/** Workloads whose pods NetworkPolicies restrict more than before. */
export const egress: Rule = (before, after) =>
  compareEach(
    egressOf(before.objects),
    egressOf(after.objects),
    (workload, was = 'everything', is = 'everything') => {
      if (reaches.indexOf(is) >= reaches.indexOf(was)) return undefined
      const finding = findingsAbout(`egress/${workload}`, `egress:${workload}`)
      const remedy = 'allow their connections in a NetworkPolicy of your own, or disable the one of the chart'
      return is === 'nothing'
        ? finding(
            'new',
            'high',
            `NetworkPolicies no longer let the pods of ${workload} connect to anything, not even DNS (${was} before)`,
            remedy,
          )
        : finding(
            'change',
            'medium',
            `NetworkPolicies now let the pods of ${workload} connect only to selected destinations (${was} before)`,
            remedy,
          )
    },
  )
