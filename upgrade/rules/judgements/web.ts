import { durationSeconds } from '../../../lib/promql.ts'
import { all, altersMeaning, breaks, differs, ifLower, ifSet, type SettingRule } from '../judge.ts'
import { muchLonger } from '../sideBySide.ts'

/** Grafana and OpenSearch Dashboards: who can log in, and what is stored. */
export const web: readonly SettingRule[] = [
  {
    subject: /^Grafana$/,
    setting: /^data source .* timeInterval$/,
    // Grafana's default.
    judge: (old = '15s', now = '15s') =>
      durationSeconds(now) >= muchLonger * durationSeconds(old)
        ? altersMeaning(
            'medium',
            '$__rate_interval grows by the same factor, so rates in panels hide short peaks',
          )
        : differs('medium', '$__rate_interval changes with it, and rates over slow scrapes can be empty'),
  },
  {
    subject: /^Grafana$/,
    setting: /^(anonymousEnabled|publicDashboardsEnabled)$/,
    judge: all(
      ifSet('true', differs('medium', 'anyone without a login can see dashboards')),
      ifSet('false', breaks('medium', 'users without a login are sent to the login page')),
    ),
  },
  {
    subject: /^Grafana$/,
    setting: /^disableLoginForm$/,
    judge: ifSet('true', breaks('medium', 'nobody can log in with a password in the browser')),
  },
  {
    subject: /^Grafana$/,
    setting: /^(ldapEnabled|samlEnabled|authProxyEnabled)$/,
    judge: ifSet('false', breaks('high', 'users who log in that way are refused')),
  },
  {
    subject: /^OpenSearch Dashboards$/,
    setting: /^saved objects /,
    judge: ifLower(
      Number,
      0,
      breaks('high', 'saved objects are gone', 'restore them from a snapshot of the .kibana index'),
    ),
  },
]
