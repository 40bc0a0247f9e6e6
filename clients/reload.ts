import type { Http } from './http.ts'

/** What Prometheus or Alertmanager says of its configuration. */
export type Reload = Readonly<{
  /** Whether the last attempt to load a configuration succeeded. */
  successful: boolean
  /** When it last succeeded, in milliseconds since 1970. */
  loadedAt: number
  /** Alertmanager's hash of the file that it loaded; undefined for Prometheus, which has none. */
  hash: number | undefined
}>

/** Reads it from the server's own metrics: a server that scrapes itself knows it only at the next scrape. */
export const readReload = async (http: Http, prefix: string): Promise<Reload> => {
  const text = String((await http('GET', '/metrics')).body)
  const valueOf = (name: string): number | undefined => {
    const value = new RegExp(`^${prefix}_${name} (\\S+)$`, 'm').exec(text)?.[1]
    return value === undefined ? undefined : Number(value)
  }
  return {
    successful: valueOf('config_last_reload_successful') === 1,
    loadedAt: Math.round((valueOf('config_last_reload_success_timestamp_seconds') ?? 0) * 1000),
    hash: valueOf('config_hash'),
  }
}
