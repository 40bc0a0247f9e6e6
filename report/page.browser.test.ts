import axe, { type AxeResults } from 'axe-core'
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { run } from '../setup/run.ts'
import { reportPage } from './page.ts'
import * as examples from './page/examples.ts'

const find =
  'PATH=$PATH:/usr/bin; command -v chromium || command -v chromium-browser || command -v google-chrome'
const executablePath = await run('sh', ['-c', find], { within: 10_000 }).then(
  ({ stdout }) => stdout.trim(),
  () => undefined,
)
const browser =
  executablePath === undefined
    ? undefined
    : await chromium.launch({ executablePath, args: ['--disable-gpu', '--disable-quic'] })
afterAll(() => browser?.close())

const address = 'http://report.test/'

/** Opens an example; `requests` are the URLs that the browser asked for, none of which leaves it. */
const openPage = async (example: keyof typeof examples, options: BrowserContextOptions = {}) => {
  if (!browser) throw new Error('there is no browser')
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const requests: string[] = []
  await page.route('**', (route, request) => {
    requests.push(request.url())
    return route.fulfill({ contentType: 'text/html', body: reportPage(examples[example]) })
  })
  await page.goto(address)
  return { page, requests }
}

const openAll = 'for (const one of document.querySelectorAll("details")) one.open = true'

/**
 * What axe finds wrong in a part of the page, as `rule: element`.
 * @param contrast that of colours is most of the work
 */
const violations = async (page: Page, part: string, contrast = true): Promise<readonly string[]> => {
  const options = {
    preload: false,
    resultTypes: ['violations'],
    rules: { 'color-contrast': { enabled: contrast } },
  }
  const found = await page.evaluate<AxeResults>(`axe.run('${part}', ${JSON.stringify(options)})`)
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

/** Presses Tab, and says where that led; empty where it led out of the page. */
const pressTab = async (page: Page): Promise<string> => {
  await page.keyboard.press('Tab')
  return page.evaluate<string>(`{
    const { activeElement: one, body } = document
    const { outlineStyle, outlineWidth } = getComputedStyle(one)
    const unseen = outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? ' (its focus cannot be seen)' : ''
    one === body ? '' : one.localName + ': ' + one.textContent.replace(/\\s+/g, ' ').trim() + unseen
  }`)
}

describe.skipIf(!browser)(
  browser
    ? 'in a browser'
    : 'in a browser: none of chromium, chromium-browser, google-chrome is on PATH; apt-get install -y chromium',
  { timeout: 60_000 },
  () => {
    test('light and dark, on a desktop and a phone: axe finds nothing, all fits, nothing is asked of a network', async () => {
      const { page, requests } = await openPage('red')
      await page.evaluate(openAll)
      await page.evaluate(axe.source)
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [1280, 390]) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize({ width, height: 844 })
          // Colours are the same at every width.
          const found = await violations(page, 'html', width === 1280)
          expect(found, `${colorScheme}, ${width} px`).toEqual([])
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
        }
      }
      expect(requests).toEqual([address])
    })

    test('the verdict of an interrupted run: axe finds nothing, light and dark', async () => {
      const { page } = await openPage('interrupted')
      await page.evaluate(axe.source)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await violations(page, 'header'), colorScheme).toEqual([])
      }
    })

    test.each(['green', 'interrupted', 'reused', 'extreme'] as const)(
      '%s: all fits a phone',
      async (example) => {
        const { page } = await openPage(example, { viewport: { width: 390, height: 844 } })
        await page.evaluate(openAll)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      },
    )

    test('by keyboard: every link and every area in order, each with its focus to be seen', async () => {
      const { page } = await openPage('red')
      const stops: string[] = []
      for (let stop = await pressTab(page); stop !== ''; stop = await pressTab(page)) stops.push(stop)
      expect(stops.join('\n')).toMatchInlineSnapshot(`
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
      const { page } = await openPage('green')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      expect(await page.evaluate('document.activeElement.id')).toBe('result')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      expect(await page.getByText('four nodes are Ready').isVisible()).toBe(true)
    })

    test('without JavaScript: an area opens', async () => {
      const { page } = await openPage('green', { javaScriptEnabled: false })
      const claim = page.getByText('one Ready pod on each of the four nodes')
      expect(await claim.isVisible()).toBe(false)
      await page.locator('summary', { hasText: 'Vector' }).click()
      expect(await claim.isVisible()).toBe(true)
    })
  },
)
