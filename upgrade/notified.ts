import {
  allMatchers,
  matchedRoutes,
  type AlertmanagerConfiguration,
  type MatchedRoute,
} from '../diagnosis/alertRoutes.ts'
import type { Labels } from '../clients/prometheus.ts'
import type { Observation } from './observation.ts'

type Notification = Pick<Observation, 'notification'>

/** The labels that an alert has whichever series raise it: its name, and those that its rule sets without a template. */
export const ownLabels = (name: string, labels: Labels): Labels => ({
  alertname: name,
  ...Object.fromEntries(Object.entries(labels).filter(([, value]) => !value.includes('{{'))),
})

// One or several literal values, as opposed to a pattern.
const plainValues = /^[\w./:@-]+(?:\|[\w./:@-]+)*$/

/**
 * An alert with only its own labels, and once more with each literal value that a matcher expects of another label, which
 * may come from the alert's series.
 */
export const labelVariants = (
  own: Labels,
  configurations: readonly AlertmanagerConfiguration[],
): readonly Labels[] => {
  const added = configurations
    .flatMap(allMatchers)
    .flatMap(({ name, operator, value }) =>
      name in own || !['=', '=~'].includes(operator) || !plainValues.test(value)
        ? []
        : value.split('|').map((one) => JSON.stringify([name, one])),
    )
  const extras = [...new Set(added)].map((text) => JSON.parse(text) as [string, string])
  return [own, ...extras.map(([name, value]) => ({ ...own, [name]: value }))]
}

/** The receivers of an alert's notifications, without duplicates. */
export const receiverNames = (routes: readonly MatchedRoute[]): string =>
  [...new Set(routes.map(({ receiver }) => receiver))].join(' and ')

/** Who gets an alert with only its own labels. */
export const receiversOf = (
  { notification: { alertmanager } }: Notification,
  name: string,
  labels: Labels,
): string => receiverNames(matchedRoutes(alertmanager, ownLabels(name, labels)))

/** The integrations of a receiver, by kind; without one, it notifies nobody. */
export const integrationsOf = (
  { receivers = [] }: AlertmanagerConfiguration,
  name: string,
): Readonly<Record<string, readonly unknown[]>> =>
  Object.fromEntries(
    Object.entries(receivers.find((one) => one.name === name) ?? {}).filter(
      (entry): entry is [string, readonly unknown[]] =>
        entry[0].endsWith('_configs') && Array.isArray(entry[1]) && entry[1].length > 0,
    ),
  )
