import { harmless, type Judged, type Judgement } from './judge.ts'
import { logStore } from './judgements/logStore.ts'
import { pipeline } from './judgements/pipeline.ts'
import { prometheus } from './judgements/prometheus.ts'
import { web } from './judgements/web.ts'
import { workloads } from './judgements/workloads.ts'

const judgements: readonly Judgement[] = [...workloads, ...prometheus, ...logStore, ...web, ...pipeline]

/** The first row that has an opinion decides; without one, a change is of little importance. */
export const judge = (
  subject: string,
  setting: string,
  old: string | undefined,
  now: string | undefined,
): Judged => {
  const rows = judgements.filter((row) => row.subject.test(subject) && row.setting.test(setting))
  for (const row of rows) {
    const judged = row.judge(old, now)
    if (judged) return judged
  }
  return harmless('low')
}
