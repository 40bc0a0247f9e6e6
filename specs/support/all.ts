// All specs as one file: vitest runs the files of a worker one after the other, and where a server is gone the claims of
// each would wait for their two minutes in turn.
import '../alertmanager.spec.ts'
import '../cluster.spec.ts'
import '../custom-metrics-app.spec.ts'
import '../grafana.spec.ts'
import '../log-queries.spec.ts'
import '../logs.spec.ts'
import '../opensearch-dashboards.spec.ts'
import '../opensearch.spec.ts'
import '../prometheus.spec.ts'
import '../vector.spec.ts'
