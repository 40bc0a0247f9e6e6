import type { Observation, SideBySide } from '../observation.ts'
import { findingsAbout } from '../rootCauses.ts'
import { compareEach, type Rule } from './common.ts'
import { alteredInputs } from './inputs.ts'
import { changedValue, fromTo, isJudged, movedValue, sameQuery } from './queries.ts'
import { rewritten, type Rewritten } from './rewritten.ts'
import { windowChange } from './sideBySide.ts'
import { isOtherQuantity, scaleOf } from './units.ts'

type Panel = Observation['dashboards'][string]['panels'][string]

/** A sentence about the new unit of a panel, if its values did not change with it. */
const unitDifference = (old: Panel, now: Panel, side: SideBySide | undefined): string | undefined => {
  if (isOtherQuantity(old.unit, now.unit) && sameQuery(old.template ?? old.expr, now.template ?? now.expr))
    return `its unit changed from ${old.unit} to ${now.unit}, but its query is the same`
  const scale = scaleOf(old.unit, now.unit)
  if (scale === undefined || scale === 1) return undefined
  const follows = side?.ratio !== undefined && Math.abs(side.ratio / scale - 1) <= 0.1
  return follows
    ? undefined
    : `its unit changed from ${old.unit} to ${now.unit}, but its values did not change with it`
}

/** Whether only the windows of rates differ. Grafana fits $__interval to the panel; side by side it has a fixed length. */
const isOtherRateWindow = (side: SideBySide | undefined): boolean =>
  side !== undefined && windowChange(side.old, side.now)?.scales === false

/** Panels whose values mean something else. */
export const panelValues: Rule = (before, after) => {
  const judged: Rewritten[] = []
  const inputsOf = alteredInputs(before, after)
  const altered = compareEach(before.dashboards, after.dashboards, (uid, was, is) =>
    compareEach(was?.panels ?? {}, is?.panels ?? {}, (name, old, now) => {
      if (!old || !now || !isJudged(old, now)) return undefined
      const finding = findingsAbout(`panel-value/${uid}/${name}`, `panel value:${name}`)
      const panel = `panel "${name}" of "${is?.title}"`
      const remedy = 'tell its readers, or keep the old dashboard in a ConfigMap of your own'
      const side = after.sideBySide[`panel-value/${uid}/${name}`]
      const unit = unitDifference(old, now, side)
      if (unit !== undefined)
        return finding('new', 'medium', `${panel} shows a different amount: ${unit}`, remedy, {
          changesMeaning: true,
        })
      const [template, newTemplate] = [old.template ?? old.expr, now.template ?? now.expr]
      if (sameQuery(template, newTemplate)) {
        // Its variables may now name another pod or node.
        if (!sameQuery(old.expr, now.expr)) return undefined
        if (old.unit !== now.unit) {
          const [was, is] = [old.unit ?? 'no unit', now.unit ?? 'no unit']
          return finding('change', 'low', `the unit of ${panel} changed from ${was} to ${is}`)
        }
        const moved = movedValue(panel, old, now, inputsOf(now.expr), before)
        return (
          moved &&
          finding('new', 'medium', moved.sentence, remedy, {
            dependsOn: moved.dependsOn,
            changesMeaning: true,
          })
        )
      }
      const { verdict: found, text } = changedValue(old, now, side, scaleOf(old.unit, now.unit))
      const isFitted = [template, newTemplate].some((one) => /\[\s*\$\{?__interval\b/.test(one))
      const verdict = found === 'altered' && isFitted && isOtherRateWindow(side) ? 'smoothed' : found
      judged.push({ name: `"${name}" of "${is?.title}"`, verdict })
      return verdict === 'altered'
        ? finding(
            'new',
            'medium',
            `${panel} shows different values: ${text}; its expression changed ${fromTo(template, newTemplate)}`,
            remedy,
            { changesMeaning: true },
          )
        : undefined
    }),
  )
  return [...altered, ...rewritten('panels', 'panel', judged)]
}
