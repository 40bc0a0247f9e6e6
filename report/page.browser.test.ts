import { expect, test } from 'vitest'
import { reportPage } from './page.ts'
import { address, describeInBrowser, expectGood, openAll, openPage, tabStops } from './page/browser.ts'
import * as examples from './page/examples.ts'

const { green, interrupted, red } = examples

describeInBrowser(() => {
  test('light and dark, on a desktop and a phone: axe finds nothing, all fits, nothing is asked of a network', async () => {
    const { page, requests } = await openPage(reportPage(red))
    await expectGood(page)
    expect(requests).toEqual([address])
  })

  test('the verdict of an interrupted run: axe finds nothing, light and dark', async () => {
    const { page } = await openPage(reportPage(interrupted))
    await expectGood(page, 'header')
  })

  test.each(['green', 'interrupted', 'reused', 'extreme'] as const)(
    '%s: all fits a phone',
    async (example) => {
      const { page } = await openPage(reportPage(examples[example]), {
        viewport: { width: 390, height: 844 },
      })
      await page.evaluate(openAll)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    },
  )

  test('by keyboard: every link and every area in order, each with its focus to be seen', async () => {
    const { page } = await openPage(reportPage(red))
    expect(await tabStops(page)).toMatchInlineSnapshot(`
      "a: Skip to the result
      a: out/diagnostics/index.md
      a: cluster 1 broken of 2
      a: Prometheus 7 hold
      a: Alertmanager 2 hold
      a: custom metrics app 7 broken of 12
      a: Grafana 8 hold
      a: OpenSearch 1 broken of 3
      a: OpenSearch Dashboards 2 hold
      a: Vector 2 hold
      a: logs 1 broken of 3
      a: log queries 9 hold
      a: out/diagnostics/index.md
      a: out/diagnostics/index.md
      a: out/diagnostics/index.md
      a: out/diagnostics/index.md
      summary: ✗ cluster 1 broken of 2
      summary: ✓ Prometheus 7 hold
      summary: ✓ Alertmanager 2 hold
      summary: ✗ custom metrics app 7 broken of 12
      summary: ✓ Grafana 8 hold
      summary: ✗ OpenSearch 1 broken of 3
      summary: ✓ OpenSearch Dashboards 2 hold
      summary: ✓ Vector 2 hold
      summary: ✗ logs 1 broken of 3
      summary: ✓ log queries 9 hold
      summary: The same in numbers"
    `)
  })

  test('by keyboard: the skip link leads past the areas, Enter opens an area', async () => {
    const { page } = await openPage(reportPage(green))
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('result')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.getByText('four nodes are Ready').isVisible()).toBe(true)
  })

  test('without JavaScript: an area opens', async () => {
    const { page } = await openPage(reportPage(green), { javaScriptEnabled: false })
    const claim = page.getByText('one Ready pod on each of the four nodes')
    expect(await claim.isVisible()).toBe(false)
    await page.locator('summary', { hasText: 'Vector' }).click()
    expect(await claim.isVisible()).toBe(true)
  })
})
