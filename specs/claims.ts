// All specs as one file: vitest runs the files of a worker one after the other, and where a server is gone the claims of
// each would wait for their two minutes in turn.
import './alertmanager.spec.ts'
import './app.spec.ts'
import './cluster.spec.ts'
import './dashboards.spec.ts'
import './dql.spec.ts'
import './grafana.spec.ts'
import './logs.spec.ts'
import './opensearch.spec.ts'
import './prometheus.spec.ts'
import './vector.spec.ts'
