import { all, always, broken, harmless, ifLower, ifSet, type Judgement } from '../judge.ts'

/** Grafana and OpenSearch Dashboards. */
export const web: readonly Judgement[] = [
  {
    subject: /^Grafana$/,
    setting: /^data source .* timeInterval$/,
    judge: always(
      harmless('medium', '$__rate_interval changes with it, and rates over slow scrapes can be empty'),
    ),
  },
  {
    subject: /^Grafana$/,
    setting: /^(anonymousEnabled|publicDashboardsEnabled)$/,
    judge: all(
      ifSet('true', harmless('medium', 'anyone without a login can see dashboards')),
      ifSet('false', broken('medium', 'users without a login are sent to the login page')),
    ),
  },
  {
    subject: /^Grafana$/,
    setting: /^disableLoginForm$/,
    judge: ifSet('true', broken('medium', 'nobody can log in with a password in the browser')),
  },
  {
    subject: /^Grafana$/,
    setting: /^(ldapEnabled|samlEnabled|authProxyEnabled)$/,
    judge: ifSet('false', broken('high', 'users who log in that way are refused')),
  },
  {
    subject: /^OpenSearch Dashboards$/,
    setting: /^saved objects /,
    judge: ifLower(
      Number,
      0,
      broken('high', 'saved objects are gone', 'restore them from a snapshot of the .kibana index'),
    ),
  },
]
