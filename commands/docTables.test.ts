import { expect, test } from 'vitest'
import {
  checklistTable,
  describeMissing,
  describeStale,
  portsOf,
  settingsTable,
  stacksTable,
  withTables,
} from './docTables.ts'

test('settings by name, meaning, rule and default; inline code is left as it is', () => {
  const row = {
    name: 'E2E_CHARTS',
    meaning: 'folder of `<chart>-<version>.tgz`, or <none>',
    rule: 'a path | a folder',
    shownDefault: 'not set',
  }
  expect(settingsTable([row])).toMatchInlineSnapshot(`
    "| setting | meaning | must be | default |
    | --- | --- | --- | --- |
    | \`E2E_CHARTS\` | folder of \`<chart>-<version>.tgz\`, or \\<none> | a path \\| a folder | not set |"
  `)
})

test('claims by area, id, sentence and items of the checklist', () => {
  const claims = [
    {
      area: 'logs',
      id: 'logs-all',
      sentence: '_exists_: finds nothing where x < 5',
      items: [7, 8],
      needs: [],
    },
    { area: 'logs', id: 'logs-some', sentence: 'indices logs-* are there', items: [], needs: [] },
  ]
  expect(checklistTable(claims)).toMatchInlineSnapshot(`
    "| area | claim | what is true when it is green | checklist items |
    | --- | --- | --- | --- |
    | logs | \`logs-all\` | \\_exists\\_: finds nothing where x < 5 | 7, 8 |
    | logs | \`logs-some\` | indices logs-\\* are there |  |"
  `)
})

test('stacks by chart version, namespace and host ports', () => {
  const stacks = [
    { name: 'search', chart: { name: 'search', repository: '', version: '3.6.0' }, namespace: 'monitoring' },
    { name: 'app', namespace: 'default' },
  ]
  expect(stacksTable(stacks, { search: { search: 30920, admin: 30921 } })).toMatchInlineSnapshot(`
    "| stack | chart version | namespace | host ports |
    | --- | --- | --- | --- |
    | search | 3.6.0 | monitoring | 30920 (search), 30921 (admin) |
    | app | no chart | default |  |"
  `)
})

test('a stack answers on the host ports that are node ports of its values, however deep', () => {
  const endpoints = { grafana: 'http://127.0.0.1:30300', prometheus: 'http://127.0.0.1:30090' }
  const values = { grafana: { service: { type: 'NodePort', nodePort: 30300 } }, port: 30090 }
  expect(portsOf(values, endpoints)).toEqual({ grafana: 30300 })
})

const page = '# Title\n\n<!-- one -->\nold\n<!-- /one -->\n\nText.\n\n<!-- two -->\n<!-- /two -->\n'

test('tables take the place of what stands between their markers, and of nothing else', () => {
  const filled = withTables(page, { two: '| second |\n', one: '| first |\n' })
  expect(filled.page).toMatchInlineSnapshot(`
    "# Title

    <!-- one -->

    | first |

    <!-- /one -->

    Text.

    <!-- two -->

    | second |

    <!-- /two -->
    "
  `)
  expect(filled.stale).toEqual(['two', 'one'])
  expect(withTables(filled.page, { one: '| first |' })).toEqual({ page: filled.page, missing: [], stale: [] })
})

test.each([['no markers'], ['<!-- three --> alone'], ['<!-- /three --> before <!-- three -->']])(
  'a page that has no place for a table stays as it is: %s',
  (text) => {
    expect(withTables(text, { three: '| new |' })).toEqual({ page: text, missing: ['three'], stale: [] })
  },
)

test('what is wrong with a page, with the remedy', () => {
  const { missing, stale } = withTables(page, { one: '| first |', three: '| third |' })
  const text = [...describeMissing('README.md', { missing }), ...describeStale('README.md', { stale })]
  expect(text.join('\n')).toMatchInlineSnapshot(`
    "README.md has no place for the table "three"
      remedy: put the lines <!-- three --> and <!-- /three --> where it belongs, then npm run docs
    the table "one" of README.md is not what the code says
      remedy: npm run docs"
  `)
})
