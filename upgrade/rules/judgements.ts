import { differs, type Judged, type SettingRule } from './judge.ts'
import { logStore } from './judgements/logStore.ts'
import { pipeline } from './judgements/pipeline.ts'
import { prometheus } from './judgements/prometheus.ts'
import { web } from './judgements/web.ts'
import { workloads } from './judgements/workloads.ts'

const settingRules: readonly SettingRule[] = [...workloads, ...prometheus, ...logStore, ...web, ...pipeline]

/** The first matching rule that returns a judgement decides; without one, the change is minor. */
export const judge = (
  subject: string,
  setting: string,
  old: string | undefined,
  now: string | undefined,
): Judged => {
  const rows = settingRules.filter((row) => row.subject.test(subject) && row.setting.test(setting))
  for (const row of rows) {
    const judged = row.judge(old, now)
    if (judged) return judged
  }
  return differs('low')
}
