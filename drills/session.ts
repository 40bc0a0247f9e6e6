import axios from 'axios'
import { httpAgent } from '../clients/http.ts'
import { endpoints, grafanaLogin } from '../config/endpoints.ts'

/** As it is named among what is gone. */
export const sessionName = 'the session of a user in Grafana'

const options = { baseURL: endpoints.grafana, httpAgent, proxy: false, timeout: 5000 } as const

/** Logs in to Grafana as a browser does. @returns whether the session is still valid */
export const startSession = async (): Promise<() => Promise<boolean>> => {
  const { headers } = await axios.post<unknown>('/login', grafanaLogin, options)
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
