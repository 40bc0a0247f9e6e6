import type { Rule } from './rules/common.ts'
import { admissions, egress, permissions } from './rules/access.ts'
import { scrapes, sharedTargets } from './rules/collection.ts'
import { indices, logs, versions } from './rules/data.ts'
import { dashboards, dataSources } from './rules/grafana.ts'
import { indexPatterns, logFields } from './rules/logStore.ts'
import { customResources, definitions, images, objects, secrets } from './rules/objects.ts'
import { settings } from './rules/settings.ts'
import { usage } from './rules/usage.ts'
import { alertDefinitions, alertingRules } from './rules/alerts.ts'
import { relabelings } from './rules/alertRelabelings.ts'
import { inhibitions } from './rules/inhibitions.ts'
import { alertmanagers, receivers } from './rules/receivers.ts'
import { routes } from './rules/routes.ts'
import { metrics, recordingRules, targets } from './rules/prometheus.ts'
import { buckets } from './rules/buckets.ts'
import { families, series } from './rules/series.ts'
import { panelValues } from './rules/panelValues.ts'
import { recordedValues, ruleGroups, statedValues } from './rules/values.ts'

/** Everything by which two observations are compared. */
export const rules: readonly Rule[] = [
  versions,
  targets,
  metrics,
  recordingRules,
  recordedValues,
  statedValues,
  ruleGroups,
  families,
  series,
  buckets,
  alertingRules,
  alertDefinitions,
  routes,
  receivers,
  alertmanagers,
  inhibitions,
  relabelings,
  dashboards,
  panelValues,
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
  egress,
  usage,
]
