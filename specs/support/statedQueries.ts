const orderSeconds = 'rate(api_response_time_seconds_bucket{endpoint="/order"}[5m])'

/** The PromQL that claims state, by the id of the claim. */
export const statedQueries = {
  'promql-pods': 'count(kube_pod_info)',
  'promql-pods-by-namespace': 'count by (namespace) (kube_pod_info)',
  'promql-node-cpu': '100 - (avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) * 100)',
  'promql-orders': 'orders_total',
  'promql-order-rate': 'rate(orders_total{status="success"}[5m]) * 60',
  'promql-active-users': 'avg(active_users)',
  'promql-payment': 'sum(payment_amount_total)',
  'promql-success-rate': 'sum(rate(orders_total{status="success"}[5m])) / sum(rate(orders_total[5m])) * 100',
  'promql-p95': `histogram_quantile(0.95, ${orderSeconds})`,
  'promql-p99': `histogram_quantile(0.99, ${orderSeconds})`,
  'promql-payment-rate': 'rate(payment_amount_total[1m]) * 60',
} as const
