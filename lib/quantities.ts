const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** The number that a quantity of Kubernetes stands for: bytes of `512Mi`, CPUs of `100m`; NaN if it is none. */
export const quantityOf = (text: string): number => {
  const [, digits = 'NaN', unit = ''] = /^([\d.]+(?:e\d+)?)([a-zA-Z]*)$/.exec(text) ?? []
  return Number(digits) * (unit === '' ? 1 : (factors[unit] ?? NaN))
}
