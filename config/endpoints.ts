/** Where the servers answer on this machine: the host ports of kind-config.yaml. */
export const endpoints = {
  prometheus: 'http://127.0.0.1:30090',
  grafana: 'http://127.0.0.1:30300',
  alertmanager: 'http://127.0.0.1:30903',
  opensearch: 'http://127.0.0.1:30920',
  dashboards: 'http://127.0.0.1:30561',
} as const

export const grafanaLogin = { user: 'admin', password: 'prom-operator' } as const
