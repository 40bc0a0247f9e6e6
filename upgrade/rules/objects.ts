import type { Difference } from '../rootCauses.ts'
import type { Severity, Verdict } from '../findings.ts'
import type { Fields } from '../observation.ts'
import { describeField, fieldDifferences, isSame, pairs, type Rule } from './common.ts'

const imageOf = (reference: string) => {
  const [, repository = reference, tag = ''] = /^(.+?)(?::([^:/@]+))?(?:@.+)?$/.exec(reference) ?? []
  return { repository, tag, withoutShell: tag.includes('distroless') }
}

/** Images that are others: from elsewhere, or without a shell, or just newer. */
export const images: Rule = (before, after) =>
  pairs(before.images, after.images).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    if (old === undefined || now === undefined || old === now) return []
    const one = { id: `image/${name}`, about: `image:${name}`, verdict: 'change' as const }
    const [was, is] = [imageOf(old), imageOf(now)]
    if (was.repository !== is.repository) {
      return [
        {
          ...one,
          severity: 'medium',
          sentence: `${name} comes from ${is.repository}, from ${was.repository} before`,
          remedy: `let the nodes reach it: allow-lists, mirrors and air-gapped registries must have ${now}`,
        },
      ]
    }
    if (is.withoutShell && !was.withoutShell) {
      return [
        {
          ...one,
          severity: 'medium',
          sentence: `${name} has no shell any more (${now}): \`kubectl exec … sh\` fails`,
          remedy: '`kubectl debug` brings a shell beside it; look for scripts that exec into it',
        },
      ]
    }
    return [{ ...one, severity: 'low', sentence: `${name} runs ${now}, ${old} before`, remedy: '' }]
  })

/** How much is lost with an object of a kind, or with a field of it that has another value. */
const kinds: Readonly<
  Record<string, Readonly<{ gone: readonly [Verdict, Severity, string]; fields?: RegExp; who: string }>>
> = {
  Service: {
    gone: ['new', 'high', 'what calls it by name finds nobody'],
    // By these it is reached; a targetPort is the Service's own matter.
    fields: /^(type|headless|ports\.[^.]+\.(port|nodePort|protocol))$/,
    who: 'what calls it as it was finds nobody',
  },
  PersistentVolumeClaim: {
    gone: ['new', 'high', 'the data in it are lost'],
    fields: /./,
    who: 'the data may be elsewhere',
  },
  Deployment: { gone: ['new', 'medium', 'nothing runs under that name'], who: '' },
  StatefulSet: { gone: ['new', 'medium', 'nothing runs under that name'], who: '' },
  DaemonSet: { gone: ['new', 'medium', 'nothing runs under that name'], who: '' },
}
const otherKind = { gone: ['change', 'low', 'see whether you refer to it'] as const, who: '' }

/** What a ServiceMonitor drops, keeps or changes of what it scrapes, and did not before; or does not any more. */
const relabelings = (name: string, before: Fields, after: Fields): readonly Difference[] =>
  fieldDifferences(before, after).map((field) => ({
    id: `object/${name}/${field.name}`,
    about: `object:${name}`,
    verdict: 'change',
    severity: 'medium',
    sentence:
      field.before === undefined
        ? `${name} has a new relabeling of what it scrapes: ${field.name.replace(/\.(?=\w+ )/, ': ')}, on ${field.after}`
        : `${name} has a relabeling no more: ${describeField(field)}`,
    remedy:
      'look for queries of series that are dropped now; metricRelabelings in the values of the chart keep them',
  }))

const changed = (name: string, before: Fields, after: Fields): readonly Difference[] => {
  const kind: (typeof kinds)[string] = kinds[name.split(' ')[0] ?? ''] ?? otherKind
  return fieldDifferences(before, after).map((field) => {
    const matters = kind.fields?.test(field.name) === true && field.before !== undefined
    return {
      id: `object/${name}/${field.name}`,
      about: `object:${name}`,
      verdict: matters ? 'new' : 'change',
      severity: matters ? 'medium' : 'low',
      sentence: `${name} has ${describeField(field)}${matters ? `: ${kind.who}` : ''}`,
      remedy: matters
        ? 'set it in the values as it was, or tell those who use it'
        : 'see whether you rely on it',
    }
  })
}

/** Objects that are gone, new, or differ in what users depend on. */
export const objects: Rule = (before, after) =>
  pairs(before.objects, after.objects).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    if (isSame(old, now)) return []
    const one = { id: `object/${name}`, about: `object:${name}` }
    if (!old) {
      const sentence = `${name} is new`
      return [{ ...one, verdict: 'change', severity: 'low', sentence, remedy: '' }]
    }
    if (!now) {
      const [verdict, severity, what] = (kinds[name.split(' ')[0] ?? ''] ?? otherKind).gone
      const sentence = `${name} is gone: ${what}`
      const remedy = "look for what replaces it in the chart's changelog, or make one of your own"
      return [{ ...one, verdict, severity, sentence, remedy }]
    }
    return name.startsWith('ServiceMonitor ') ? relabelings(name, old, now) : changed(name, old, now)
  })

// With another value of one of these somebody cannot log in any more.
const credential = /passw|token|user|api-?key/i

/** Secrets and keys that are gone, and values that are others. */
export const secrets: Rule = (before, after) =>
  pairs(before.secrets, after.secrets).flatMap(({ name, before: old, after: now }): readonly Difference[] => {
    if (!old) return []
    const one = { id: `secret/${name}`, about: `secret:${name}` }
    const restore = `bring it back: \`kubectl -n ${name.split('/')[0]} get secrets\` shows what there is`
    if (!now) {
      const sentence = `Secret ${name} is gone: what mounts it or logs in with it fails`
      return [{ ...one, verdict: 'new', severity: 'high', sentence, remedy: restore }]
    }
    return pairs(old, now)
      .filter((key) => key.before !== undefined && key.before !== key.after)
      .map((key): Difference => {
        const of = { ...one, id: `secret/${name}/${key.name}` }
        if (key.after === undefined) {
          const sentence = `Secret ${name} has no key ${key.name} any more: what mounts it fails`
          return { ...of, verdict: 'new', severity: 'high', sentence, remedy: restore }
        }
        return credential.test(key.name)
          ? {
              ...of,
              verdict: 'new',
              severity: 'high',
              sentence: `the value of ${key.name} in Secret ${name} is another: who has the old one is refused`,
              remedy: 'set it in the values, so that no version of the chart makes one of its own',
            }
          : {
              ...of,
              verdict: 'change',
              severity: 'low',
              sentence: `the value of ${key.name} in Secret ${name} is another`,
              remedy: 'see whether you have a copy of it',
            }
      })
  })

/** CustomResourceDefinitions by their versions and schemas. */
export const definitions: Rule = (before, after) =>
  pairs(before.definitions, after.definitions).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      const one = { id: `crd/${name}`, about: `crd:${name}` }
      if (!old) {
        const sentence = `CustomResourceDefinition ${name} is new`
        return [{ ...one, verdict: 'change', severity: 'low', sentence, remedy: '' }]
      }
      if (!now) {
        const sentence = `CustomResourceDefinition ${name} is gone, and all its resources with it`
        const remedy = "apply it again from the old chart: `helm show crds`, and see the new one's changelog"
        return [{ ...one, verdict: 'new', severity: 'high', sentence, remedy }]
      }
      const lost = old.versions
        .map((version) => version.replace(' (stored)', ''))
        .filter((version) => !now.versions.some((other) => other.replace(' (stored)', '') === version))
      return [
        ...lost.map((version): Difference => ({
          ...one,
          id: `crd/${name}/${version}`,
          verdict: 'new',
          severity: 'high',
          sentence: `CustomResourceDefinition ${name} has no version ${version} any more: manifests of it are refused`,
          remedy: `change their apiVersion to ${now.versions.join(' or ')}`,
        })),
        ...(old.schema === now.schema
          ? []
          : [
              {
                ...one,
                verdict: 'change',
                severity: 'low',
                sentence: `CustomResourceDefinition ${name} has another schema`,
                remedy: '',
              } as const,
            ]),
      ]
    },
  )

/** Custom resources that the API server would refuse as they are. */
export const customResources: Rule = (before, after) =>
  pairs(before.customResources, after.customResources).flatMap(
    ({ name, before: old, after: now }): readonly Difference[] => {
      if (now === undefined || now === 'accepted') {
        if (now === undefined || old === undefined || old === 'accepted') return []
        const sentence = `${name} would be accepted now, and was not before`
        const one = { id: `resource/${name}`, about: `resource:${name}` }
        return [{ ...one, verdict: 'fixed', severity: 'low', sentence, remedy: '' }]
      }
      const known = old !== undefined && old !== 'accepted'
      return [
        {
          id: `resource/${name}`,
          about: `resource:${name}`,
          verdict: known ? 'pre-existing' : 'new',
          severity: known ? 'low' : 'high',
          sentence: `${name} would be refused as it is${known ? ', as before' : ''}: ${now}`,
          remedy: 'correct it before somebody has to apply it again',
        },
      ]
    },
  )
