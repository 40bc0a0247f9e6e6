import { conditionsOf, type Threshold } from '../conditions.ts'
import type { SideBySide } from '../observation.ts'
import { describeNumber, isReordered, judgeSideBySide, shorterWindow } from './sideBySide.ts'

/** Whether an alert is worse, merely different, the same, or cannot be compared; with what it does now. */
type Judged = Readonly<{ verdict: 'new' | 'change' | 'same' | 'unknown'; text: string }>

const tolerance = 0.1
const isClose = (a: number, b: number) => Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))

type Direction = 'later' | 'sooner' | 'otherwise' | 'same'

const isStrict = ({ operator }: Threshold) => !operator.endsWith('=')
/** `>` and `>=` fire on the same side. */
const sideOf = ({ operator }: Threshold) =>
  operator === '>=' || operator === '<=' ? operator.slice(0, 1) : operator

/** What another threshold does to an alert. @param scale by how much the values that it is compared with are larger */
const directionOf = (old: Threshold, now: Threshold, scale: number): Direction => {
  if (sideOf(old) !== sideOf(now)) return 'otherwise'
  const value = now.value / scale
  if (scale === 1 ? value === old.value : isClose(value, old.value)) {
    // Of a count, one value is as much as it takes.
    if (isStrict(old) === isStrict(now)) return 'same'
    return isStrict(now) ? 'later' : 'sooner'
  }
  if (old.operator === '==' || old.operator === '!=') return 'otherwise'
  return value > old.value === old.operator.startsWith('>') ? 'later' : 'sooner'
}

const describeThreshold = ({ operator, value }: Threshold) => `${operator} ${value}`

const judgeThresholds = (old: readonly Threshold[], now: readonly Threshold[], scale = 1): Judged => {
  const pairs = old.flatMap((was, index) => {
    const is = now[index]
    const direction = is && directionOf(was, is, scale)
    return is && direction !== 'same'
      ? [{ direction, text: `from ${describeThreshold(was)} to ${describeThreshold(is)}` }]
      : []
  })
  const text = `its condition changed ${pairs.map((pair) => pair.text).join(', ')}`
  const later = pairs.some(({ direction }) => direction === 'later')
  const otherwise = pairs.some(({ direction }) => direction === 'otherwise')
  if (otherwise) return { verdict: 'new', text: `fires for something else: ${text}` }
  if (later) return { verdict: 'new', text: `fires later or never: ${text}` }
  return pairs.length > 0
    ? { verdict: 'change', text: `fires sooner: ${text}` }
    : { verdict: 'same', text: '' }
}

const operatorsOf = (thresholds: readonly Threshold[]) => thresholds.map(sideOf).join()

/** Whether an alert with a new expression still fires for the same. */
export const judgeExpression = (old: string, now: string, side: SideBySide | undefined): Judged => {
  const [was, is] = [conditionsOf(old), conditionsOf(now)]
  if (was.skeleton === is.skeleton) return judgeThresholds(was.thresholds, is.thresholds)
  const sameOperators = operatorsOf(was.thresholds) === operatorsOf(is.thresholds)
  const judgeByText = (): Judged => {
    const byThreshold = judgeThresholds(was.thresholds, is.thresholds)
    if (sameOperators && byThreshold.verdict === 'new') return byThreshold
    if (isReordered(old, now)) return { verdict: 'same', text: '' }
    const windows = shorterWindow(old, now)
    return windows === undefined
      ? { verdict: 'unknown', text: '' }
      : { verdict: 'new', text: `fires later or never: it counts what happened within ${windows}` }
  }
  if (!side || side.error !== undefined || (side.series.old === 0 && side.series.now === 0))
    return judgeByText()
  if (side.series.old > 0 && side.series.now === 0)
    return {
      verdict: 'new',
      text: `can no longer fire for what it watched: the new expression finds none of the ${side.series.old} series that the old one finds: \`${now.replaceAll(/\s+/g, ' ')}\``,
    }
  if (side.series.old === 0)
    return {
      verdict: 'change',
      text: 'has another expression, which finds series where the old one found none',
    }
  const isMore = side.series.now >= side.series.old * 1.8 && side.series.common === side.series.old
  if (isMore && side.differing === 0)
    return {
      verdict: 'change',
      text: `watches more: the new expression finds ${side.series.now} series, and the old one ${side.series.old}`,
    }
  const scale = side.ratio === undefined || isClose(side.ratio, 1) ? 1 : side.ratio
  const { verdict, text } = judgeSideBySide(side, scale)
  if (verdict === 'unknown') return judgeByText()
  if (verdict === 'altered') return { verdict: 'new', text: `watches something else: ${text}` }
  const lost = side.series.old - side.series.common
  if (lost > 0)
    return {
      verdict: 'new',
      text: `no longer watches ${lost} of the ${side.series.old} series that the old expression finds: \`${now.replaceAll(/\s+/g, ' ')}\``,
    }
  if ((was.comparesVectors || is.comparesVectors) && scale !== 1)
    return { verdict: 'new', text: `fires at another distance: ${text}` }
  if (!sameOperators)
    return { verdict: 'change', text: `has other conditions, which hold alike here: ${text}` }
  const judged = judgeThresholds(was.thresholds, is.thresholds, scale)
  return judged.verdict === 'new' && scale !== 1
    ? { verdict: 'new', text: `${judged.text}, while its values are ${describeNumber(scale)} times as large` }
    : judged
}
