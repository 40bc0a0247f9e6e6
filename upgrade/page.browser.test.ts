import { expect, test } from 'vitest'
import { address, describeInBrowser, expectGood, openPage, tabStops } from '../report/page/browser.ts'
import { upgradePage } from './page.ts'
import * as examples from './exampleResults.ts'

describeInBrowser(() => {
  test.each(['failed', 'passed', 'invalid'] as const)(
    '%s: light and dark, on a desktop and a phone: accessible, fits, and loads nothing',
    async (example) => {
      const { page, requests } = await openPage(upgradePage(examples[example]))
      await expectGood(page)
      expect(requests).toEqual([address])
    },
  )

  test('the keyboard reaches every link and every scrolling table, with a visible focus', async () => {
    const { page } = await openPage(upgradePage(examples.failed))
    const stops = await tabStops(page)
    const kinds = Map.groupBy(stops.split('\n'), (stop) => stop.split(':', 1)[0])
    expect(stops).toMatch(/^a: Skip to the result/)
    expect([...kinds].map(([kind, { length }]) => `${length} ${kind}`)).toEqual([
      '11 a',
      '7 div',
      '5 summary',
    ])
  })
})
