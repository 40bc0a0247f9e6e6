import { readFileSync } from 'node:fs'
import {
  described,
  filled,
  listOf,
  object,
  optional,
  schemaDocument,
  type Schema,
} from '../lib/jsonSchema.ts'
import { readYamlFile } from '../lib/yamlFile.ts'
import type { Overlay } from './overlay.ts'
import { pathInOverlay } from './overlayFolder.ts'
import { utcDay } from '../lib/messages.ts'

type Entry = Readonly<{
  reason: string
  /** The last day on which it is accepted: `2027-01-31`. */
  until: string
}>
/** The content of accepted.yaml. */
export type AcceptedDocument = Readonly<{
  panels: readonly (Entry & Readonly<{ dashboard: string; panel: string }>)[] | undefined
  alerts: readonly (Entry & Readonly<{ alert: string }>)[] | undefined
  upgrade: readonly (Entry & Readonly<{ id: string }>)[] | undefined
}>

const day: Schema<string> = {
  type: 'string',
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
  description: 'the last day on which it is accepted, such as 2027-01-31',
}
const entry = { reason: described('why it is accepted', filled), until: day }

/** The JSON Schema of accepted.yaml. */
export const acceptedSchema = schemaDocument(
  'accepted.schema.json',
  'What an overlay accepts: accepted.yaml',
  object<AcceptedDocument>({
    panels: optional(
      described(
        'panels that may be empty',
        listOf(
          object<NonNullable<AcceptedDocument['panels']>[number]>({
            dashboard: described('title of the dashboard', filled),
            panel: described('title of the panel', filled),
            ...entry,
          }),
        ),
      ),
    ),
    alerts: optional(
      described(
        'alerts that may be pending or firing',
        listOf(
          object<NonNullable<AcceptedDocument['alerts']>[number]>({
            alert: described('name of the alert', filled),
            ...entry,
          }),
        ),
      ),
    ),
    upgrade: optional(
      described(
        'regressions of the upgrade check that are accepted',
        listOf(
          object<NonNullable<AcceptedDocument['upgrade']>[number]>({
            id: described('as the report names it: metric/node_load1', filled),
            ...entry,
          }),
        ),
      ),
    ),
  }),
  {},
) as Schema<AcceptedDocument>

/** An entry of accepted.yaml, with its position: `accepted.yaml:12:5 of the overlay`. */
export type Placed<T> = T & Readonly<{ at: string }>
export type Accepted = Readonly<{
  [List in keyof AcceptedDocument]: readonly Placed<NonNullable<AcceptedDocument[List]>[number]>[]
}>

const nothing: Accepted = { panels: [], alerts: [], upgrade: [] }

/** What the overlay accepts, and everything that is wrong with the file; nothing if it has no such file. */
export const checkAccepted = (
  overlay: Overlay | undefined,
): Readonly<{ accepted: Accepted; problems: readonly string[] }> => {
  if (overlay?.accepted === undefined) return { accepted: nothing, problems: [] }
  const name = pathInOverlay(overlay, overlay.accepted)
  const { value, problems, positionOf } = readYamlFile(
    name,
    readFileSync(overlay.accepted, 'utf8'),
    acceptedSchema,
  )
  if (value === undefined) return { accepted: nothing, problems }
  const placed = <T>(list: keyof AcceptedDocument, entries: readonly T[] = []): readonly Placed<T>[] =>
    entries.map((one, index) => ({ ...one, at: `${positionOf([list, index])} of the overlay` }))
  return {
    accepted: {
      panels: placed('panels', value.panels),
      alerts: placed('alerts', value.alerts),
      upgrade: placed('upgrade', value.upgrade),
    },
    problems: [],
  }
}

/**
 * What the overlay accepts today.
 * @throws Error with everything that is wrong with the file
 */
export const readAccepted = (overlay: Overlay | undefined): Accepted => {
  const { accepted, problems } = checkAccepted(overlay)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return accepted
}

/** Today's date: `2026-11-23`. */
export const today = (): string => utcDay(Date.now())

export const isExpired = ({ until }: Pick<Entry, 'until'>, day = today()): boolean => day > until

/** Says that an entry has expired, and what to do. */
export const describeExpired = (what: string, { at, until, reason }: Placed<Entry>): string =>
  `${at}: ${what} was accepted until ${until} (${reason})\n` +
  '  remedy: fix the problem and remove the entry, or set a later date'
