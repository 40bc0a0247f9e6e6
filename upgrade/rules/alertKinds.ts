import type { Labels } from '../../clients/prometheus.ts'
import { labelVariants, ownLabels } from '../notified.ts'
import type { Observation } from '../observation.ts'
import { ruleName } from '../rulePairs.ts'

export const routingRemedy =
  'set the old value under alertmanager.config in the values file, or in the AlertmanagerConfig'

/** An alert with a certain set of labels, and its description. */
export type Kind = Readonly<{ text: string; labels: Labels }>

/** The alerts of the old rules, in every variant that the matchers of the two configurations distinguish. */
export const kindsOf = (before: Observation, after: Observation): readonly Kind[] => {
  const configurations = [before, after].map(({ notification }) => notification.alertmanager)
  const all = Object.entries(before.alertingRules).flatMap(([key, { labels }]) => {
    const name = ruleName(key)
    const own = ownLabels(name, labels)
    return labelVariants(own, configurations).map((variant) => {
      const added = Object.entries(variant).filter(([label]) => !(label in own))
      const text = added.map(([label, value]) => ` with ${label}="${value}"`).join('')
      return { text: `${name}${text}`, labels: variant }
    })
  })
  return [...new Map(all.map((kind) => [JSON.stringify(kind.labels), kind])).values()]
}

/** The names of alerts. An alert without added labels stands for its variants too, whichever labels matter. */
export const namesOf = (kinds: readonly Kind[]): readonly string[] => {
  const plain = kinds.filter(({ text }) => !text.includes(' with ')).map(({ text }) => text)
  const others = kinds.filter(({ text }) => !plain.some((name) => text.startsWith(`${name} with `)))
  return [
    ...new Set([...plain, ...others.filter(({ text }) => text.includes(' with ')).map(({ text }) => text)]),
  ]
}
