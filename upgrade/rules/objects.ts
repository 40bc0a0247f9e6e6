import { quantityOf } from '../../lib/quantities.ts'
import type { Severity, Verdict } from '../findings.ts'
import type { Fields } from '../observation.ts'
import { findingsAbout, type Difference } from '../rootCauses.ts'
import { sortedPairs, type Pair } from '../structuralDiff.ts'
import { compareEach, fieldDifferences, isSame, type Rule } from './common.ts'
import { judge } from './judgements.ts'
import { monitorChanges } from './monitors.ts'
import { portChanges } from './ports.ts'
import { judgedDifference } from './settings.ts'

const imageOf = (reference: string) => {
  const [, repository = reference, tag = ''] = /^(.+?)(?::([^:/@]+))?(?:@.+)?$/.exec(reference) ?? []
  return { repository, hasNoShell: tag.includes('distroless') }
}

/** Images from another repository, without a shell, or of another version. */
export const images: Rule = (before, after) =>
  compareEach(before.images, after.images, (name, old, now) => {
    if (old === undefined || now === undefined || old === now) return undefined
    const finding = findingsAbout(`image/${name}`, `image:${name}`)
    const [was, is] = [imageOf(old), imageOf(now)]
    if (was.repository !== is.repository) {
      const sentence = `the image of ${name} moved from ${was.repository} to ${is.repository}`
      const remedy = `let the nodes pull it: add ${now} to allow-lists, mirrors and air-gapped registries`
      return finding('change', 'medium', sentence, remedy)
    }
    if (is.hasNoShell && !was.hasNoShell) {
      const sentence = `the image of ${name} no longer has a shell (${now}): \`kubectl exec … sh\` fails`
      const remedy = 'use `kubectl debug` instead, and look for scripts that run `kubectl exec` in it'
      return finding('change', 'medium', sentence, remedy)
    }
    return finding('change', 'low', `the image of ${name} changed from ${old} to ${now}`)
  })

type Kind = Readonly<{
  /** How bad it is if an object is gone. */
  gone: readonly [Verdict, Severity, string]
  /** Fields that clients depend on. */
  fields?: RegExp
  effect: string
}>
const workload: Kind = { gone: ['new', 'medium', 'nothing runs under that name'], effect: '' }
const kinds: Readonly<Record<string, Kind>> = {
  Service: {
    gone: ['new', 'high', 'its clients can no longer reach it'],
    // Clients do not see a targetPort.
    fields: /^(headless|ports\.[^.]+\.(port|nodePort|protocol))$/,
    effect: 'clients that use the old value are refused',
  },
  PersistentVolumeClaim: {
    gone: ['new', 'high', 'its data is lost'],
    fields: /./,
    effect: 'its data may be on another volume',
  },
  Ingress: {
    gone: ['new', 'high', 'its hosts are no longer served'],
    fields: /^(class|paths\.)/,
    effect: 'clients of the old host or path are not served',
  },
  Deployment: workload,
  StatefulSet: workload,
  DaemonSet: workload,
}
const kindOf = (name: string): Kind =>
  kinds[name.split(' ')[0] ?? ''] ?? {
    gone: ['change', 'low', 'check whether anything refers to it'],
    effect: '',
  }

/** A value as rules for settings read it: a string without its quotes. */
const plain = (json: string | undefined): string | undefined =>
  json?.startsWith('"') ? String(JSON.parse(json)) : json

/** Whether a claim asks for more than before: a volume can only grow. */
const hasGrown = ({ name, before, after }: Pair<string>): boolean =>
  name === 'storage' && quantityOf(plain(after) ?? '') > quantityOf(plain(before) ?? '')

const fieldChanges = (name: string, before: Fields, after: Fields): readonly Difference[] => {
  const { fields, effect } = kindOf(name)
  const compared = fieldDifferences(before, after).filter((field) => !isComparedElsewhere(name, field.name))
  return compared.map((field) => {
    const finding = findingsAbout(`object/${name}/${field.name}`, `object:${name}`)
    const { before: old = 'not set', after: now = 'not set' } = field
    const sentence = `${name}: ${field.name} changed from ${old} to ${now}`
    if (!fields?.test(field.name) || field.before === undefined || hasGrown(field)) {
      const judged = judge(name, field.name, plain(field.before), plain(field.after))
      return judgedDifference(`object/${name}/${field.name}`, `object:${name}`, sentence, judged)
    }
    return finding(
      'new',
      'medium',
      `${sentence}; ${effect}`,
      'set the old value in the values file, or tell its users',
      name.startsWith('PersistentVolumeClaim ') ? { changesMeaning: true } : {},
    )
  })
}

const monitors = /^(ServiceMonitor|PodMonitor|Probe|ScrapeConfig) /
// The rules for access compare what several of these objects grant together, and whether a workload runs the same programs.
const isComparedElsewhere = (name: string, field: string) =>
  field === 'arguments' ||
  /^(Cluster)?Role /.test(name) ||
  (name.startsWith('NetworkPolicy ') && /^(admits\.|egress$)/.test(field))

/** Objects that are gone, new, or changed in a field that users depend on. */
export const objects: Rule = (before, after) =>
  compareEach(before.objects, after.objects, (name, old, now) => {
    if (isSame(old, now)) return undefined
    const finding = findingsAbout(`object/${name}`, `object:${name}`)
    if (!old) return finding('change', 'low', `${name} is new`)
    if (!now) {
      const [verdict, severity, effect] = kindOf(name).gone
      const remedy = "look for its replacement in the chart's changelog, or create your own"
      return finding(verdict, severity, `${name} is gone: ${effect}`, remedy)
    }
    if (monitors.test(name)) return monitorChanges(name, [old, now], [before, after])
    if (!name.startsWith('Service ') || old['ports'] === undefined) return fieldChanges(name, old, now)
    const { differences, rest } = portChanges(name, old, now)
    return [...differences, ...fieldChanges(name, ...rest)]
  })

// Clients with the old value are locked out.
const credential = /passw|token|user|api-?key/i

/** Secrets and keys that are gone, and values that changed. */
export const secrets: Rule = (before, after) =>
  compareEach(before.secrets, after.secrets, (name, old, now) => {
    if (!old) return undefined
    const finding = findingsAbout(`secret/${name}`, `secret:${name}`)
    const restore = `restore it: \`kubectl -n ${name.split('/')[0]} get secrets\` lists those that exist`
    if (!now) {
      const sentence = `Secret ${name} is gone: pods that mount it and logins with it fail`
      return finding('new', 'high', sentence, restore)
    }
    return sortedPairs(old, now)
      .filter((key) => key.before !== undefined && key.before !== key.after)
      .map((key) => {
        const more = { id: `secret/${name}/${key.name}` }
        if (key.after === undefined) {
          const sentence = `Secret ${name} no longer has key ${key.name}: pods that mount it fail`
          return finding('new', 'high', sentence, restore, more)
        }
        const sentence = `the value of ${key.name} in Secret ${name} changed`
        const remedy = 'set it in the values file, so that no chart version generates a new one'
        return credential.test(key.name)
          ? finding('new', 'high', `${sentence}; clients with the old value are refused`, remedy, more)
          : finding('change', 'low', sentence, 'check whether you keep a copy of it elsewhere', more)
      })
  })

const servedVersions = (versions: readonly string[]) =>
  versions.map((version) => version.replace(' (stored)', ''))

/** CustomResourceDefinitions by their versions and schemas. */
export const definitions: Rule = (before, after) =>
  compareEach(before.definitions, after.definitions, (name, old, now) => {
    const finding = findingsAbout(`crd/${name}`, `crd:${name}`)
    const crd = `CustomResourceDefinition ${name}`
    if (!old) return finding('change', 'low', `${crd} is new`)
    if (!now) {
      const remedy = "apply it from the old chart (`helm show crds`), and read the new chart's changelog"
      return finding('new', 'high', `${crd} is gone, with all its resources`, remedy)
    }
    const kept = servedVersions(now.versions)
    const lost = servedVersions(old.versions).filter((version) => !kept.includes(version))
    return [
      ...lost.map((version) => {
        const sentence = `${crd} no longer has version ${version}: manifests that use it are refused`
        const remedy = `change their apiVersion to ${now.versions.join(' or ')}`
        return finding('new', 'high', sentence, remedy, { id: `crd/${name}/${version}` })
      }),
      ...(old.schema === now.schema ? [] : [finding('change', 'low', `the schema of ${crd} changed`)]),
    ]
  })

/** Custom resources that the API server would refuse as they are. */
export const customResources: Rule = (before, after) =>
  compareEach(before.customResources, after.customResources, (name, old = 'accepted', now) => {
    if (now === undefined || (now === 'accepted' && old === 'accepted')) return undefined
    const finding = findingsAbout(`resource/${name}`, `resource:${name}`)
    if (now === 'accepted')
      return finding('fixed', 'low', `the API server would accept ${name} now, but did not before`)
    const remedy = 'correct it before it has to be applied again'
    return old === 'accepted'
      ? finding('new', 'high', `the API server would refuse ${name} as it is: ${now}`, remedy)
      : finding(
          'pre-existing',
          'low',
          `the API server would refuse ${name} as it is, as before: ${now}`,
          remedy,
        )
  })
