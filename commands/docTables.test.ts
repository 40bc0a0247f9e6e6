import { expect, test } from 'vitest'
import {
  checklistTable,
  describeMissing,
  describeStale,
  fillTables,
  settingsTable,
  stacksTable,
} from './docTables.ts'

test('a settings row escapes Markdown, except in inline code', () => {
  const setting = {
    name: 'E2E_CHARTS',
    meaning: 'folder of `<chart>-<version>.tgz`, or <none>',
    rule: 'a path | a folder',
    shownDefault: 'not set',
  }
  expect(settingsTable([setting])).toContain(
    '| `E2E_CHARTS` | folder of `<chart>-<version>.tgz`, or \\<none> | a path \\| a folder | not set |',
  )
})

test('a claim row escapes Markdown and lists the checklist items', () => {
  const claim = { area: 'logs', id: 'logs-all', sentence: '_exists_: where x < 5', items: [7, 8], needs: [] }
  expect(checklistTable([claim])).toContain('| logs | `logs-all` | \\_exists\\_: where x < 5 | 7, 8 |')
})

test('a stack row has the chart version, the namespace and the host ports', () => {
  const stacks = [
    {
      name: 'search',
      chart: { name: 'search', repository: '', version: '3.6.0' },
      namespace: 'monitoring',
      hostPorts: { search: 30920, admin: 30921 },
    },
    { name: 'app', namespace: 'default' },
  ]
  const rows = stacksTable(stacks).split('\n')
  expect(rows).toContain('| search | 3.6.0 | monitoring | 30920 (search), 30921 (admin) |')
  expect(rows).toContain('| app | no chart | default |  |')
})

const pages = {
  'README.md': '# Title\n\n<!-- one -->\nold\n<!-- /one -->\n\nText.\n',
  'docs/two.md': '<!-- two -->\n<!-- /two -->\n',
}

test('each table replaces only what is between its markers, on whichever page has them', () => {
  const filled = fillTables(pages, { two: '| second |\n', one: '| first |\n' })
  expect(filled.pages).toEqual({
    'README.md': '# Title\n\n<!-- one -->\n\n| first |\n\n<!-- /one -->\n\nText.\n',
    'docs/two.md': '<!-- two -->\n\n| second |\n\n<!-- /two -->\n',
  })
  expect(filled.stale).toEqual([
    { file: 'README.md', table: 'one' },
    { file: 'docs/two.md', table: 'two' },
  ])
  expect(fillTables(filled.pages, { one: '| first |' })).toEqual({
    pages: filled.pages,
    missing: [],
    stale: [],
  })
})

test.each([['no markers'], ['<!-- three --> alone'], ['<!-- /three --> before <!-- three -->']])(
  'a page without both markers in order stays as it is: %s',
  (text) => {
    const pages = { 'README.md': text }
    expect(fillTables(pages, { three: '| new |' })).toEqual({ pages, missing: ['three'], stale: [] })
  },
)

test('a problem names the table, the page and the remedy', () => {
  const filled = fillTables(pages, { one: '| first |', three: '| third |' })
  expect(describeMissing(filled).join('\n')).toMatch(/"three".*\n.*remedy: .*<!-- three -->/)
  expect(describeStale(filled).join('\n')).toMatch(/"one" in README\.md.*\n.*remedy: npm run docs/)
})
