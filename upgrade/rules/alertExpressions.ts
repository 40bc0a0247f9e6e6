import { isClose } from '../../lib/numbers.ts'
import { conditionsOf, describeThreshold, type Threshold } from '../conditions.ts'
import type { SideBySide } from '../observation.ts'
import { fromTo } from './queries.ts'
import { replacedMatcher, replacedFunction } from './replaced.ts'
import { describeNumber, isReordered, judgeSideBySide, muchLonger, windowChange } from './sideBySide.ts'

/** Whether an alert got worse, only differs, stayed the same, or cannot be compared; and what it does now. */
type ExpressionVerdict = Readonly<{ verdict: 'new' | 'change' | 'same' | 'unknown'; text: string }>

type Direction = 'later' | 'sooner' | 'on another value' | 'same'

const isStrict = ({ operator }: Threshold) => !operator.endsWith('=')
/** The side of the threshold on which an alert fires: `>` and `>=` have the same one. */
const sideOf = ({ operator }: Threshold) =>
  operator === '>=' || operator === '<=' ? operator.slice(0, 1) : operator

/**
 * When an alert fires with its new threshold.
 * @param scale the factor by which the values that it compares have grown
 */
const directionOf = (old: Threshold, now: Threshold, scale: number): Direction => {
  if (sideOf(old) !== sideOf(now)) return 'on another value'
  const value = now.value / scale
  if (scale === 1 ? value === old.value : isClose(value, old.value)) {
    // `> 3` and `>= 3` differ in one value, which matters for a count.
    if (isStrict(old) === isStrict(now)) return 'same'
    return isStrict(now) ? 'later' : 'sooner'
  }
  if (old.operator === '==' || old.operator === '!=') return 'on another value'
  return value > old.value === old.operator.startsWith('>') ? 'later' : 'sooner'
}

const judgeThresholds = (
  old: readonly Threshold[],
  now: readonly Threshold[],
  scale = 1,
): ExpressionVerdict => {
  const pairs = old.flatMap((was, index) => {
    const is = now[index]
    const direction = is && directionOf(was, is, scale)
    return is && direction !== 'same'
      ? [{ direction, text: `from ${describeThreshold(was)} to ${describeThreshold(is)}` }]
      : []
  })
  const text = `its condition changed ${pairs.map((pair) => pair.text).join(', ')}`
  const later = pairs.some(({ direction }) => direction === 'later')
  const onAnother = pairs.some(({ direction }) => direction === 'on another value')
  if (onAnother) return { verdict: 'new', text: `fires on a different value: ${text}` }
  if (later) return { verdict: 'new', text: `fires later or never: ${text}` }
  return pairs.length > 0
    ? { verdict: 'change', text: `fires sooner: ${text}` }
    : { verdict: 'same', text: '' }
}

const sidesOf = (thresholds: readonly Threshold[]) => thresholds.map(sideOf).join()

/** Whether an alert with a new expression still fires for the same reason. */
export const judgeExpression = (
  old: string,
  now: string,
  side: SideBySide | undefined,
): ExpressionVerdict => {
  const [was, is] = [conditionsOf(old), conditionsOf(now)]
  const change = `its expression changed ${fromTo(old, now)}`
  if (was.skeleton === is.skeleton) return judgeThresholds(was.thresholds, is.thresholds)
  const sameOperators = sidesOf(was.thresholds) === sidesOf(is.thresholds)
  const judgeByText = (): ExpressionVerdict => {
    const byThreshold = judgeThresholds(was.thresholds, is.thresholds)
    if (sameOperators && byThreshold.verdict === 'new') return byThreshold
    if (isReordered(old, now)) return { verdict: 'same', text: '' }
    const window = windowChange(old, now)
    if (window && (window.scales ? window.smallest < 1 : window.largest >= muchLonger))
      return { verdict: 'new', text: `fires later or never: its window changed ${window.text}` }
    const replaced = replacedMatcher(old, now) ?? replacedFunction(old, now)
    return replaced === undefined
      ? { verdict: 'unknown', text: '' }
      : { verdict: 'new', text: `watches something else: ${replaced}; ${change}` }
  }
  if (!side || side.error !== undefined || (side.series.old === 0 && side.series.now === 0))
    return judgeByText()
  if (side.series.old > 0 && side.series.now === 0)
    return {
      verdict: 'new',
      text: `can no longer fire for what it watched: on the same data its old expression returns ${side.series.old} series, the new one none; ${change}`,
    }
  if (side.series.old === 0)
    return {
      verdict: 'change',
      text: `has a new expression: on the same data it returns ${side.series.now} series, the old one none`,
    }
  const isMore = side.series.now >= side.series.old * 1.8 && side.series.common === side.series.old
  if (isMore && side.differing === 0)
    return {
      verdict: 'change',
      text: `watches more: on the same data its new expression returns ${side.series.now} series, the old one ${side.series.old}`,
    }
  const scale = side.ratio === undefined || isClose(side.ratio, 1) ? 1 : side.ratio
  const { verdict, text } = judgeSideBySide(side, scale)
  if (verdict === 'unknown') return judgeByText()
  if (verdict === 'altered') return { verdict: 'new', text: `watches something else: ${text}; ${change}` }
  const lost = side.series.old - side.series.common
  if (lost > 0)
    return {
      verdict: 'new',
      text: `no longer watches ${lost} of the ${side.series.old} series that its old expression returns; ${change}`,
    }
  if ((was.comparesVectors || is.comparesVectors) && scale !== 1)
    return { verdict: 'new', text: `fires at a different point: ${text}; ${change}` }
  if (!sameOperators)
    return { verdict: 'change', text: `has different conditions with the same result here: ${text}` }
  const judged = judgeThresholds(was.thresholds, is.thresholds, scale)
  return judged.verdict === 'new' && scale !== 1
    ? {
        verdict: 'new',
        text: `${judged.text}, while the values that it compares are ${describeNumber(scale)} times as large`,
      }
    : judged
}
