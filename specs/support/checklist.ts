import { declaredClaims, type DeclaredClaim } from './claim.ts'
// In the order of the report: later areas depend on earlier ones.
import '../cluster.spec.ts'
import '../prometheus.spec.ts'
import '../metrics.spec.ts'
import '../alertmanager.spec.ts'
import '../configuration.spec.ts'
import '../alert-delivery.spec.ts'
import '../custom-metrics-app.spec.ts'
import '../grafana.spec.ts'
import '../grafana-dashboards.spec.ts'
import '../opensearch.spec.ts'
import '../opensearch-dashboards.spec.ts'
import '../vector.spec.ts'
import '../logs.spec.ts'
import '../log-delivery.spec.ts'
import '../log-queries.spec.ts'
import '../overlay.spec.ts'

/** Every claim, in the order of the report. */
export const checklist: readonly DeclaredClaim[] = declaredClaims

/** @throws Error if no spec declares it */
export const claimOf = (id: string): DeclaredClaim => {
  const claim = checklist.find((one) => one.id === id)
  if (!claim) throw new Error(`no spec declares the claim ${id}`)
  return claim
}
