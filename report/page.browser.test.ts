import { expect, test } from 'vitest'
import { extreme, green, interrupted, red } from './examples.ts'
import { reportPage } from './page.ts'
import { address, describeInBrowser, expectGood, openAll, openPage, tabStops } from './page/browser.ts'

const firstClaim = green.outcomes[0]?.claim.sentence ?? ''

describeInBrowser(() => {
  test('light and dark, on a desktop and a phone: accessible, fits, and loads nothing', async () => {
    const { page, requests } = await openPage(reportPage(red))
    await expectGood(page)
    expect(requests).toEqual([address])
  })

  test('the colours of an interrupted run have enough contrast', async () => {
    const { page } = await openPage(reportPage(interrupted))
    await expectGood(page, 'header')
  })

  test('the longest texts fit a phone', async () => {
    const { page } = await openPage(reportPage(extreme), { viewport: { width: 390, height: 844 } })
    await page.evaluate(openAll)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })

  test('the keyboard reaches every link and every area, with a visible focus', async () => {
    const { page } = await openPage(reportPage(red))
    const stops = (await tabStops(page)).split('\n')
    const areas = [...new Set(red.outcomes.map(({ claim }) => claim.area))]
    const links = ['Skip to the result', red.evidence, ...areas, red.evidence, red.evidence]
    const expected = [
      ...links.map((link) => `a: ${link}`),
      ...areas.map(() => 'summary: '),
      'summary: By image',
      'summary: The same',
    ]
    expect(stops).toEqual(expected.map((start) => expect.stringMatching(`^${start}`) as string))
    expect(stops.filter((stop) => stop.includes('focus'))).toEqual([])
  })

  test('the skip link leads past the areas, and Enter opens an area', async () => {
    const { page } = await openPage(reportPage(green))
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('result')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.getByText(firstClaim).isVisible()).toBe(true)
  })

  test('an area opens without JavaScript', async () => {
    const { page } = await openPage(reportPage(green), { javaScriptEnabled: false })
    const claim = page.getByText(firstClaim)
    expect(await claim.isVisible()).toBe(false)
    await page.locator('summary').first().click()
    expect(await claim.isVisible()).toBe(true)
  })
})
