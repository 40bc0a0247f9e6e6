import { expect, test } from 'vitest'
import { parseLogfmt } from './logfmt.ts'

test('reads quoted and bare values; what is in quotes is no field', () => {
  const line = String.raw`level=error msg="a=b said \"no\"\nline 2" err= prometheusrule-namespace=shop`
  expect(parseLogfmt(line)).toEqual({
    level: 'error',
    msg: 'a=b said "no"\nline 2',
    'prometheusrule-namespace': 'shop',
  })
})
