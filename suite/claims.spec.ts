// All specs as one module: every claim runs at once, and what they import is loaded once. A look at all claims then takes
// half as long as with a module each. A spec that is missing here fails the run: its claims would have no test.
import '../specs/alertmanager.spec.ts'
import '../specs/app.spec.ts'
import '../specs/cluster.spec.ts'
import '../specs/dashboards.spec.ts'
import '../specs/dql.spec.ts'
import '../specs/grafana.spec.ts'
import '../specs/logs.spec.ts'
import '../specs/opensearch.spec.ts'
import '../specs/prometheus.spec.ts'
import '../specs/vector.spec.ts'
