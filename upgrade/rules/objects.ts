import type { Difference } from '../rootCauses.ts'
import type { Severity, Verdict } from '../findings.ts'
import type { Fields } from '../observation.ts'
import { describeField, fieldDifferences, findingsAbout, isSame, pairs, type Rule } from './common.ts'

const imageOf = (reference: string) => {
  const [, repository = reference, tag = ''] = /^(.+?)(?::([^:/@]+))?(?:@.+)?$/.exec(reference) ?? []
  return { repository, withoutShell: tag.includes('distroless') }
}

/** Images from another repository, without a shell, or of another version. */
export const images: Rule = (before, after) =>
  pairs(before.images, after.images).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    if (old === undefined || now === undefined || old === now) return []
    const finding = findingsAbout(`image/${name}`, `image:${name}`)
    const [was, is] = [imageOf(old), imageOf(now)]
    if (was.repository !== is.repository) {
      const sentence = `the image of ${name} moved from ${was.repository} to ${is.repository}`
      const remedy = `let the nodes pull it: add ${now} to allow-lists, mirrors and air-gapped registries`
      return [finding('change', 'medium', sentence, remedy)]
    }
    if (is.withoutShell && !was.withoutShell) {
      const sentence = `the image of ${name} no longer has a shell (${now}): \`kubectl exec … sh\` fails`
      const remedy = 'use `kubectl debug` instead, and look for scripts that run `kubectl exec` in it'
      return [finding('change', 'medium', sentence, remedy)]
    }
    return [finding('change', 'low', `the image of ${name} changed from ${old} to ${now}`)]
  })

/** How bad it is if an object of a kind is gone, or if one of the `fields` changed. */
const kinds: Readonly<
  Record<string, Readonly<{ gone: readonly [Verdict, Severity, string]; fields?: RegExp; effect: string }>>
> = {
  Service: {
    gone: ['new', 'high', 'its clients can no longer reach it'],
    // Clients use these; they do not see a targetPort.
    fields: /^(type|headless|ports\.[^.]+\.(port|nodePort|protocol))$/,
    effect: 'clients of the old one are refused',
  },
  PersistentVolumeClaim: {
    gone: ['new', 'high', 'its data are lost'],
    fields: /./,
    effect: 'its data may be on another volume',
  },
  Deployment: { gone: ['new', 'medium', 'nothing runs under that name'], effect: '' },
  StatefulSet: { gone: ['new', 'medium', 'nothing runs under that name'], effect: '' },
  DaemonSet: { gone: ['new', 'medium', 'nothing runs under that name'], effect: '' },
}
const otherKind = { gone: ['change', 'low', 'see whether you refer to it'] as const, effect: '' }

/** Metric relabelings that a ServiceMonitor gained or lost. */
const relabelings = (name: string, before: Fields, after: Fields): readonly Difference[] =>
  fieldDifferences(before, after).map((field) =>
    findingsAbout(`object/${name}/${field.name}`, `object:${name}`)(
      'change',
      'medium',
      field.before === undefined
        ? `${name} has a new metric relabeling: ${field.name.replace(/\.(?=\w+ )/, ': ')}, on ${field.after}`
        : `${name} no longer has a metric relabeling: ${describeField(field)}`,
      "look for queries of series that are dropped now; metricRelabelings in the chart's values keep them",
    ),
  )

const fieldChanges = (name: string, before: Fields, after: Fields): readonly Difference[] => {
  const kind: (typeof kinds)[string] = kinds[name.split(' ')[0] ?? ''] ?? otherKind
  return fieldDifferences(before, after).map((field) => {
    const finding = findingsAbout(`object/${name}/${field.name}`, `object:${name}`)
    const { before: old = 'not set', after: now = 'not set' } = field
    const sentence = `${name}: ${field.name} changed from ${old} to ${now}`
    return kind.fields?.test(field.name) && field.before !== undefined
      ? finding(
          'new',
          'medium',
          `${sentence}; ${kind.effect}`,
          'set the old value in the values file, or tell its users',
        )
      : finding('change', 'low', sentence, 'see whether you rely on it')
  })
}

/** Objects that are gone, new, or changed in a field that users depend on. */
export const objects: Rule = (before, after) =>
  pairs(before.objects, after.objects).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    if (isSame(old, now)) return []
    const finding = findingsAbout(`object/${name}`, `object:${name}`)
    if (!old) return [finding('change', 'low', `${name} is new`)]
    if (!now) {
      const [verdict, severity, effect] = (kinds[name.split(' ')[0] ?? ''] ?? otherKind).gone
      const remedy = "look for its replacement in the chart's changelog, or create your own"
      return [finding(verdict, severity, `${name} is gone: ${effect}`, remedy)]
    }
    return name.startsWith('ServiceMonitor ') ? relabelings(name, old, now) : fieldChanges(name, old, now)
  })

// A change of one of these locks somebody out.
const credential = /passw|token|user|api-?key/i

/** Secrets and keys that are gone, and values that changed. */
export const secrets: Rule = (before, after) =>
  pairs(before.secrets, after.secrets).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    if (!old) return []
    const finding = findingsAbout(`secret/${name}`, `secret:${name}`)
    const restore = `restore it: \`kubectl -n ${name.split('/')[0]} get secrets\` lists those that exist`
    if (!now)
      return [
        finding('new', 'high', `Secret ${name} is gone: pods that mount it and logins with it fail`, restore),
      ]
    return pairs(old, now)
      .filter((key) => key.before !== undefined && key.before !== key.after)
      .map((key) => {
        const more = { id: `secret/${name}/${key.name}` }
        if (key.after === undefined) {
          const sentence = `Secret ${name} no longer has key ${key.name}: pods that mount it fail`
          return finding('new', 'high', sentence, restore, more)
        }
        const sentence = `the value of ${key.name} in Secret ${name} changed`
        const remedy = 'set it in the values, so that no chart version generates its own'
        return credential.test(key.name)
          ? finding('new', 'high', `${sentence}; clients with the old one are refused`, remedy, more)
          : finding('change', 'low', sentence, 'see whether you have a copy of it', more)
      })
  })

/** CustomResourceDefinitions by their versions and schemas. */
export const definitions: Rule = (before, after) =>
  pairs(before.definitions, after.definitions).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const finding = findingsAbout(`crd/${name}`, `crd:${name}`)
      const crd = `CustomResourceDefinition ${name}`
      if (!old) return [finding('change', 'low', `${crd} is new`)]
      if (!now) {
        const remedy = "apply it from the old chart (`helm show crds`), and see the new one's changelog"
        return [finding('new', 'high', `${crd} is gone, with all its resources`, remedy)]
      }
      const namesOf = (versions: readonly string[]) =>
        versions.map((version) => version.replace(' (stored)', ''))
      const lost = namesOf(old.versions).filter((version) => !namesOf(now.versions).includes(version))
      return [
        ...lost.map((version) =>
          finding(
            'new',
            'high',
            `${crd} no longer has version ${version}: manifests that use it are refused`,
            `change their apiVersion to ${now.versions.join(' or ')}`,
            { id: `crd/${name}/${version}` },
          ),
        ),
        ...(old.schema === now.schema ? [] : [finding('change', 'low', `the schema of ${crd} changed`)]),
      ]
    },
  )

/** Custom resources that the API server would refuse as they are. */
export const customResources: Rule = (before, after) =>
  pairs(before.customResources, after.customResources).flatMap(
    ({ name, before: old = 'accepted', after: now }): readonly Difference[] => {
      if (now === undefined || (now === 'accepted' && old === 'accepted')) return []
      const finding = findingsAbout(`resource/${name}`, `resource:${name}`)
      if (now === 'accepted')
        return [finding('fixed', 'low', `the API server would accept ${name} now, but did not before`)]
      const known = old !== 'accepted'
      return [
        finding(
          known ? 'pre-existing' : 'new',
          known ? 'low' : 'high',
          `the API server would refuse ${name} as it is${known ? ', as before' : ''}: ${now}`,
          'correct it before it has to be applied again',
        ),
      ]
    },
  )
