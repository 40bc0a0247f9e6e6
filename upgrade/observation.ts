import type { Labels } from '../clients/prometheus.ts'
import type { NotChecked } from '../report/notChecked.ts'
import type { AlertmanagerConfiguration } from '../diagnosis/alertRoutes.ts'

/** Values by name, in the order of the names. */
export type Named<T> = Readonly<Record<string, T>>

/** Whether a query has a result: `data`, `no data`, or `error: …`. */
export type Answer = string

/** Statistics of the series of a query over a window. */
export type Statistics = Readonly<{
  series: number
  /** The median of the series' medians. */
  median: number
  /** The median of the series' median absolute deviations, each relative to the median of its series. */
  spread: number
  /** Whether most of the series only rose, as counters and ages do. */
  rises: boolean
}>

export type Panel = Readonly<{
  expr: string
  answer: Answer
  /** The expression before its variables were filled in. */
  template?: string
  /** The unit of its values: `bytes`, `percentunit`. */
  unit?: string
  values?: Statistics
}>

/** What the old and the new expression of something return on the same data. */
export type SideBySide = Readonly<{
  old: string
  now: string
  /** How many series each returns, and how many of them have the same labels in both. */
  series: Readonly<{ old: number; now: number; common: number }>
  /** Label names that only one of the two returns. */
  labels: Readonly<{ old: readonly string[]; now: readonly string[] }>
  /** How many of the common series differ by more than a tenth. */
  differing: number
  /** The median value of each; undefined if it has none. */
  median: Readonly<{ old?: number; now?: number }>
  /** The median ratio of the new to the old values of the common series; undefined if they are 0. */
  ratio?: number
  /** How many of the common series have about this ratio. */
  atRatio: number
  /** Why Prometheus could not evaluate one of the two. */
  error?: string
}>

export type AlertingRule = Readonly<{
  expr: string
  state: string
  error: string
  /** Seconds. */
  for: number
  keepFiringFor: number
  labels: Labels
  annotations: Labels
  /** By selector of the expression, reduced to the matchers that name the job: how many series it matches. */
  selects: Named<number>
}>

/** Plain JSON of an object's fields that users depend on. */
export type Fields = Readonly<Record<string, unknown>>

/** How the targets of a job are scraped. */
export type Scrape = Readonly<{
  job: string
  targets: number
  /** Different hosts among the targets. */
  hosts: number
  /** Seconds. */
  interval: number
  /** The names of the labels that targets have. */
  labels: readonly string[]
}>

/** What users see of a cluster at one time, by the names they know. Plain JSON in a stable order. */
export type Observation = Readonly<{
  /** What could not be observed, and why; absent if everything was. */
  notObserved?: readonly NotChecked[]
  /** ISO 8601. */
  takenAt: string
  kubernetes: string
  /** Helm's releases, by name. */
  releases: Named<Readonly<{ chart: string; revision: number; status: string }>>
  /** By job: how many targets are up, and the errors of the others. */
  targets: Named<Readonly<{ up: number; down: readonly string[] }>>
  /** By name: the jobs that expose it (none if a rule records it), its label names, how many series it has now. */
  metrics: Named<Readonly<{ jobs: readonly string[]; labels: readonly string[]; series: number }>>
  /** By `group / record`; rules of the same name are numbered. */
  recordingRules: Named<
    Readonly<{ record: string; expr: string; answer: Answer; labels?: Labels; values?: Statistics }>
  >
  /** The PromQL that claims state, by the id of the claim. */
  queries: Named<Readonly<{ expr: string; values?: Statistics }>>
  /** By `group / alert`. */
  alertingRules: Named<AlertingRule>
  /** How often each is evaluated, in seconds. */
  ruleGroups: Named<number>
  /** By metric, without the suffixes of histograms: its type, and its unit if that is known. */
  families: Named<Readonly<{ type: string; unit: string }>>
  /** By metric and job: how many series it has now, and the sum of their values. */
  series: Named<Named<Readonly<{ count: number; sum: number }>>>
  /** By histogram and job: the bounds of its buckets. */
  buckets: Named<Named<readonly string[]>>
  /** By finding id: the expressions that changed since an earlier observation. */
  sideBySide: Named<SideBySide>
  notification: Readonly<{
    /** Alertmanager's effective configuration, its secrets masked. */
    alertmanager: AlertmanagerConfiguration
    /** By receiver, then by path: a hash of each secret, and of a URL also its host. */
    secrets: Named<Named<string>>
    /** The Alertmanagers that Prometheus sends alerts to, by address or Service. */
    alertmanagers: readonly string[]
    /** Prometheus' alert relabelings, which drop alerts or change their labels before it sends them. */
    relabelings: readonly unknown[]
  }>
  /** By uid; panels by `title / refId`. */
  dashboards: Named<Readonly<{ title: string; panels: Named<Panel> }>>
  /** By name. */
  dataSources: Named<Readonly<{ type: string; url: string; health: string; uid: string; isDefault: boolean }>>
  /** By uid or name of a data source: the titles of the dashboards that name it so. */
  dataSourceUsers: Named<readonly string[]>
  /** By `Kind namespace/name: container`. */
  images: Named<string>
  /** By `Kind namespace/name`, hooks as `Hook release/name`. */
  objects: Named<Fields>
  /** By `namespace/name`, then by key: a hash of the value. */
  secrets: Named<Named<string>>
  /** CustomResourceDefinitions by name: versions, and a hash of their schemas. */
  definitions: Named<Readonly<{ versions: readonly string[]; schema: string }>>
  /** By `Kind namespace/name`: `accepted`, or why the API server would refuse it as it is. */
  customResources: Named<string>
  opensearch: Readonly<{
    version: string
    /** By name, the date in it as `*`. Fields with their type. */
    indices: Named<Readonly<{ documents: number; fields: Named<string> }>>
  }>
  /** By `job endpoint path`. */
  scrapes: Named<Scrape>
  /** By the jobs that scrape them: how many URLs are scraped more than once. */
  sharedTargets: Named<number>
  /** Effective settings, by component (`Prometheus`, `Vector sources.kubernetes_logs`), then by name. */
  settings: Named<Named<string>>
  /** Index patterns of OpenSearch Dashboards, by id. */
  indexPatterns: Named<Readonly<{ title: string; timeField: string; answer: Answer }>>
  /** By resource: `memory of StatefulSet monitoring/a: b`, `volume monitoring/c`. In bytes or CPUs. */
  usage: Named<Readonly<{ used: number; limit: number }>>
  /** A sample of the window's log documents: its size, and the share of documents that have each field. */
  recentLogs: Readonly<{ documents: number; fields: Named<number> }>
  /** How many log documents each node and namespace has. */
  logs: Readonly<{ nodes: Named<number>; namespaces: Named<number> }>
}>
