import type { Server } from '../config/endpoints.ts'
import { serverClient } from './http.ts'
import { readReload } from './reload.ts'
import type { Labels } from './prometheus.ts'

export type Alert = Readonly<{
  labels: Labels
  startsAt: string
  status: Readonly<{ state: 'unprocessed' | 'active' | 'suppressed' }>
}>
export type Silence = Readonly<{
  id: string
  status: Readonly<{ state: 'active' | 'pending' | 'expired' }>
  matchers: readonly Readonly<{ name: string; value: string; isRegex: boolean; isEqual?: boolean }>[]
  createdBy: string
  comment: string
  endsAt: string
}>
type AlertGroup = Readonly<{
  alerts: readonly Readonly<{ status: Readonly<{ mutedBy?: readonly string[] | null }> }>[]
}>

/**
 * A client of Alertmanager.
 * @see https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export const connectAlertmanager = (server: Server) => {
  const http = serverClient(server)
  return {
    status: async () =>
      (await http('GET', '/api/v2/status')).body as {
        cluster: { status: string }
        versionInfo: { version: string }
        /** The configuration that it runs with, as YAML, its secrets masked. */
        config: { original: string }
      },
    reload: () => readReload(http, 'alertmanager'),
    alerts: async (): Promise<readonly Alert[]> => (await http('GET', '/api/v2/alerts')).body as Alert[],
    silences: async (): Promise<readonly Silence[]> =>
      (await http('GET', '/api/v2/silences')).body as Silence[],
    /** The time intervals that mute a group of alerts right now. */
    mutingIntervals: async (): Promise<readonly string[]> => {
      const groups = (await http('GET', '/api/v2/alerts/groups')).body as AlertGroup[]
      return [
        ...new Set(groups.flatMap(({ alerts }) => alerts.flatMap(({ status }) => status.mutedBy ?? []))),
      ]
    },
    /** Returns the id of the new silence. */
    silence: async (
      silence: Omit<Silence, 'id' | 'status'> & Readonly<{ startsAt: string }>,
    ): Promise<string> =>
      ((await http('POST', '/api/v2/silences', { data: silence })).body as { silenceID: string }).silenceID,
    endSilence: async (id: string): Promise<void> => {
      await http('DELETE', `/api/v2/silence/${id}`)
    },
  }
}
export type Alertmanager = ReturnType<typeof connectAlertmanager>
