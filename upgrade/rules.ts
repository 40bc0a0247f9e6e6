import type { Rule } from './rules/common.ts'
import { admissions, permissions } from './rules/access.ts'
import { scrapes, sharedTargets } from './rules/collection.ts'
import { indices, logs, versions } from './rules/data.ts'
import { dashboards, dataSources } from './rules/grafana.ts'
import { indexPatterns, logFields } from './rules/logStore.ts'
import { customResources, definitions, images, objects, secrets } from './rules/objects.ts'
import { alertingRules, metrics, recordingRules, targets } from './rules/prometheus.ts'
import { settings } from './rules/settings.ts'
import { usage } from './rules/usage.ts'

/** Everything by which two observations are compared. */
export const rules: readonly Rule[] = [
  versions,
  targets,
  metrics,
  recordingRules,
  alertingRules,
  dashboards,
  dataSources,
  images,
  objects,
  secrets,
  definitions,
  customResources,
  indices,
  logs,
  settings,
  scrapes,
  sharedTargets,
  logFields,
  indexPatterns,
  permissions,
  admissions,
  usage,
]
