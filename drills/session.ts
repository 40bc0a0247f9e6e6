import axios from 'axios'
import type { Server } from '../config/endpoints.ts'

/** Its name in the list of what is gone. */
export const sessionName = 'the session of a user in Grafana'

/** Logs in to Grafana as a browser does. @returns whether the session is still valid */
export const startSession = async ({ url, ...login }: Server): Promise<() => Promise<boolean>> => {
  const options = { baseURL: url, proxy: false, timeout: 5000 } as const
  const { headers } = await axios.post<unknown>('/login', login, options)
  const cookie = (headers['set-cookie'] ?? []).map((text) => text.split(';', 1)[0]).join('; ')
  return async () => {
    const { status } = await axios.get<unknown>('/api/user', {
      ...options,
      headers: { cookie },
      validateStatus: () => true,
      maxRedirects: 0,
    })
    return status === 200
  }
}
