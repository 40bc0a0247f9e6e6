import { expect, test } from 'vitest'
import { address, describeInBrowser, expectGood, openPage } from '../report/page/browser.ts'
import { failed, passed } from './example.ts'
import { drillsPage } from './page.ts'

describeInBrowser(() => {
  test.each(Object.entries({ passed, failed }))(
    '%s: light and dark, on a desktop and a phone: accessible, fits, and loads nothing',
    async (_, result) => {
      const { page, requests } = await openPage(drillsPage(result))
      await expectGood(page)
      expect(requests).toEqual([address])
    },
  )
})
