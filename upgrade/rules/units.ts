/** The size of each unit, by quantity, under Grafana's names. */
const quantities: readonly Readonly<Record<string, number>>[] = [
  { percent: 0.01, percentunit: 1 },
  { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 },
  {
    bits: 1 / 8,
    decbits: 1 / 8,
    bytes: 1,
    decbytes: 1,
    kbytes: 1024,
    deckbytes: 1000,
    mbytes: 2 ** 20,
    decmbytes: 1e6,
    gbytes: 2 ** 30,
    decgbytes: 1e9,
  },
  {
    bps: 1 / 8,
    binbps: 1 / 8,
    Bps: 1,
    binBps: 1,
    KBs: 1000,
    KiBs: 1024,
    MBs: 1e6,
    MiBs: 2 ** 20,
  },
  { reqps: 1, rps: 1, wps: 1, ops: 1, iops: 1, cps: 1, reqpm: 1 / 60, opm: 1 / 60, cpm: 1 / 60 },
]

// Only how the number is written.
const plain = new Set(['', 'none', 'short', 'locale', 'sishort', 'string', 'dec', 'sci'])

/** Whether a number in the new unit is read as another quantity: bytes as seconds, won as dollars. */
export const isOtherQuantity = (old = '', now = ''): boolean =>
  old !== now &&
  !plain.has(old) &&
  !plain.has(now) &&
  (old.startsWith('currency')
    ? now.startsWith('currency')
    : quantities.some((units) => old in units) && quantities.some((units) => now in units)) &&
  scaleOf(old, now) === undefined

/** The factor from a value in the old unit to the same amount in the new one; undefined if the units do not convert. */
export const scaleOf = (old = '', now = ''): number | undefined => {
  if (old === now) return 1
  const quantity = quantities.find((units) => old in units && now in units)
  return quantity && (quantity[old] ?? 1) / (quantity[now] ?? 1)
}
