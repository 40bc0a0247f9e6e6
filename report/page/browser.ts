import axe, { type AxeResults } from 'axe-core'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { run } from '../../lib/run.ts'

const find =
  'PATH=$PATH:/usr/bin; command -v chromium || command -v chromium-browser || command -v google-chrome'
const executablePath = await run('sh', ['-c', find], { within: 10_000 }).then(
  ({ stdout }) => stdout.trim(),
  () => undefined,
)
const opened: { browser?: Browser } = {}

export const address = 'http://report.test/'

/** Opens a page. `requests` are the URLs that the browser requested; none of them leaves the machine. */
export const openPage = async (html: string, options: BrowserContextOptions = {}) => {
  const { browser } = opened
  if (!browser) throw new Error('there is no browser')
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const requests: string[] = []
  await page.route('**', (route, request) => {
    requests.push(request.url())
    return route.fulfill({ contentType: 'text/html', body: html })
  })
  await page.goto(address)
  return { page, requests }
}

/** For `evaluate`. */
export const openAll = 'for (const one of document.querySelectorAll("details")) one.open = true'

/** The violations that axe finds in a part of the page, as `rule: element`. Contrast takes most of its time. */
const violations = async (page: Page, part: string, contrast: boolean): Promise<readonly string[]> => {
  const options = {
    preload: false,
    resultTypes: ['violations'],
    rules: { 'color-contrast': { enabled: contrast } },
  }
  const found = await page.evaluate<AxeResults>(`axe.run('${part}', ${JSON.stringify(options)})`)
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

/** Expects an accessible page that fits, in light and dark, on a desktop and a phone. */
export const expectGood = async (page: Page, part = 'html'): Promise<void> => {
  await page.evaluate(openAll)
  await page.evaluate(axe.source)
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 844 })
      // Colours are the same at every width.
      const found = await violations(page, part, width === 1280)
      expect(found, `${colorScheme}, ${width} px`).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
  }
}

/** Presses Tab. Returns the focused element, or an empty text if the focus left the page. */
const pressTab = async (page: Page): Promise<string> => {
  await page.keyboard.press('Tab')
  return page.evaluate<string>(`{
    const { activeElement: one, body } = document
    const { outlineStyle, outlineWidth } = getComputedStyle(one)
    const invisible = outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? ' (its focus is invisible)' : ''
    one === body ? '' : one.localName + ': ' + one.textContent.replace(/\\s+/g, ' ').trim() + invisible
  }`)
}

/** The elements that Tab reaches, one a line. */
export const tabStops = async (page: Page): Promise<string> => {
  const stops: string[] = []
  for (let stop = await pressTab(page); stop !== ''; stop = await pressTab(page)) stops.push(stop)
  return stops.join('\n')
}

/** Without a browser, the tests are skipped and their name says why. */
export const describeInBrowser = (tests: () => void): void => {
  const name =
    executablePath === undefined
      ? 'in a browser: chromium, chromium-browser or google-chrome is not on PATH; apt-get install -y chromium'
      : 'in a browser'
  describe.skipIf(executablePath === undefined)(name, { timeout: 60_000 }, () => {
    beforeAll(async () => {
      const args = ['--disable-gpu', '--disable-quic']
      opened.browser = await chromium.launch({
        ...(executablePath !== undefined && { executablePath }),
        args,
      })
    })
    afterAll(() => opened.browser?.close())
    tests()
  })
}
