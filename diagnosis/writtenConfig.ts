import { gunzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { apiStatus, type Kubernetes } from '../clients/kubernetes.ts'
import { operatedWorkload, type ObjectName } from '../config/components.ts'
import { lastChange, type Change } from './lastChange.ts'
import type { Reader } from './monitoringObjects.ts'

/** The configuration that the operator wrote last for the Prometheus or Alertmanager of the stack. */
export type WrittenConfig = Readonly<{ secret: string; text: string; change: Change }>

const sourceOf = (reader: Reader, object: ObjectName): Readonly<{ name: string; key: string }> => {
  const { name } = operatedWorkload(reader, object)
  return reader === 'Prometheus'
    ? { name, key: 'prometheus.yaml' }
    : { name: `${name}-generated`, key: 'alertmanager.yaml' }
}

/** @returns undefined if the operator has written none */
export const readWrittenConfig = async (
  { core }: Kubernetes,
  reader: Reader,
  object: ObjectName,
): Promise<WrittenConfig | undefined> => {
  const { namespace } = object
  const { name, key } = sourceOf(reader, object)
  try {
    const { data = {}, metadata = {} } = await core.readNamespacedSecret({ namespace, name })
    const zipped = data[`${key}.gz`]
    const text =
      zipped === undefined
        ? Buffer.from(data[key] ?? '', 'base64').toString()
        : gunzipSync(Buffer.from(zipped, 'base64')).toString()
    return { secret: `${namespace}/${name}`, text, change: lastChange(metadata, ['data']) }
  } catch (error) {
    if (apiStatus(error) === 404) return undefined
    throw error
  }
}

type Named = Readonly<{ name: string }>
type AlertmanagerParts = Readonly<{
  receivers?: readonly Named[]
  time_intervals?: readonly Named[]
  mute_time_intervals?: readonly Named[]
}>

/** The names of the receivers and time intervals of an Alertmanager's configuration. */
export const alertmanagerParts = (text: string): readonly string[] => {
  const config = parse(text) as AlertmanagerParts | null
  const named = [config?.receivers, config?.time_intervals, config?.mute_time_intervals]
  return named.flatMap((list = []) => list.map(({ name }) => name))
}

/** The scrape jobs of a configuration. Prometheus lists a pool only once service discovery has answered. */
export const jobNames = (text: string): readonly string[] =>
  [...text.matchAll(/^\s*-? ?job_name: "?([^"\n]+)"?$/gm)].map(([, name = '']) => name)

/** Whether a rule file of the operator has a group; `part` is `<file>/<group>`. Parsing all of them takes half a second. */
export const hasGroup = (files: Readonly<Record<string, string>>, part: string): boolean => {
  const [file = '', group = ''] = part.split(/(?<=\.yaml)\/(.*)/s)
  return new RegExp(`^[- ] name: "?${RegExp.escape(group)}"?$`, 'm').test(files[file] ?? '')
}

/** Tells whether the operator has written a part, as in `partsOf` of monitoringObjects.ts, for a reader. */
export const readWritten = async (
  kubernetes: Kubernetes,
  reader: Reader,
  object: ObjectName,
): Promise<(part: string) => boolean> => {
  const config = await readWrittenConfig(kubernetes, reader, object)
  if (reader === 'Alertmanager') {
    const parts = alertmanagerParts(config?.text ?? '')
    return (part) => parts.includes(part)
  }
  const { items } = await kubernetes.core.listNamespacedConfigMap({
    namespace: object.namespace,
    labelSelector: `prometheus-name=${object.name}`,
  })
  const files = Object.assign({}, ...items.map(({ data = {} }) => data)) as Record<string, string>
  const jobs = jobNames(config?.text ?? '')
  return (part) => jobs.includes(part) || hasGroup(files, part)
}
