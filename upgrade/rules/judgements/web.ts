import { all, always, broken, harmless, ifLower, ifSet, type Judgement } from '../judge.ts'

/** Grafana and OpenSearch Dashboards. */
export const web: readonly Judgement[] = [
  {
    subject: /^Grafana$/,
    setting: /^data source .* timeInterval$/,
    judge: always(
      harmless('medium', '$__rate_interval has another length, and rates of slow scrapes can be empty'),
    ),
  },
  {
    subject: /^Grafana$/,
    setting: /^(anonymousEnabled|publicDashboardsEnabled)$/,
    judge: all(
      ifSet('true', harmless('medium', 'who has no login can see dashboards')),
      ifSet('false', broken('medium', 'who has no login is sent to the login page')),
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
    judge: ifSet('false', broken('high', 'who logs in that way is refused')),
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
