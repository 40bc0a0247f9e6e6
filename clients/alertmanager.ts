import { httpClient } from './http.ts'
import { readReload } from './reload.ts'

export type Alert = Readonly<{
  labels: Readonly<Record<string, string>>
  startsAt: string
  status: Readonly<{ state: 'unprocessed' | 'active' | 'suppressed' }>
}>

/**
 * A client of Alertmanager.
 * @see https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export const connectAlertmanager = (baseURL: string) => {
  const http = httpClient({ baseURL })
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
  }
}
export type Alertmanager = ReturnType<typeof connectAlertmanager>
