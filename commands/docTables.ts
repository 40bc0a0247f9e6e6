import { escapeMarkdown, markdownTable } from '../lib/markdown.ts'
import type { settings } from '../config/config.ts'
import type { Stack } from '../config/stacks.ts'
import type { Drill } from '../drills/drill.ts'
import type { Claim } from '../specs/support/claim.ts'

type Setting = Pick<(typeof settings)[number], 'name' | 'meaning' | 'rule' | 'shownDefault'>

export const settingsTable = (rows: readonly Setting[]): string =>
  markdownTable(
    ['setting', 'meaning', 'must be', 'default'],
    rows.map(({ name, meaning, rule, shownDefault }) => [
      `\`${name}\``,
      escapeMarkdown(meaning),
      escapeMarkdown(rule),
      escapeMarkdown(shownDefault),
    ]),
  )

export const checklistTable = (claims: readonly Claim[]): string =>
  markdownTable(
    ['area', 'claim', 'what is true when it is green', 'checklist items'],
    claims.map(({ area, id, sentence, items }) => [
      escapeMarkdown(area),
      `\`${id}\``,
      escapeMarkdown(sentence),
      items.join(', '),
    ]),
  )

export const stacksTable = (
  stacks: readonly Pick<Stack, 'name' | 'chart' | 'namespace' | 'hostPorts'>[],
): string =>
  markdownTable(
    ['stack', 'chart version', 'namespace', 'host ports'],
    stacks.map(({ name, chart, namespace, hostPorts = {} }) => [
      name,
      chart?.version ?? 'no chart',
      namespace,
      Object.entries(hostPorts)
        .map(([server, port]) => `${port} (${server})`)
        .join(', '),
    ]),
  )

export const drillsTable = (
  drills: readonly Pick<Drill, 'name' | 'sentence' | 'holds' | 'why' | 'source' | 'remedy'>[],
): string =>
  markdownTable(
    ['drill', 'what is done', 'what must hold', 'why no less can be promised', 'to lose less'],
    drills.map(({ name, sentence, holds, why, source, remedy = '' }) => [
      `\`${name}\``,
      escapeMarkdown(sentence),
      escapeMarkdown(holds),
      `${escapeMarkdown(why)}${source === undefined ? '' : ` ([source](${source}))`}`,
      escapeMarkdown(remedy),
    ]),
  )

/** The page with the table between its markers, or undefined if the page has no such markers. */
const withTable = (page: string, name: string, text: string): string | undefined => {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) return undefined
  return `${page.slice(0, from)}${begin}\n\n${text.trim()}\n\n${page.slice(to)}`
}

/** Texts by name: of pages their file, of tables their markers. */
type Texts = Readonly<Record<string, string>>
type Filled = Readonly<{
  pages: Texts
  /** Tables that no page has markers for. */
  missing: readonly string[]
  /** Tables that differed from the code. */
  stale: readonly Readonly<{ file: string; table: string }>[]
}>

/** Fills every table into each page that has its markers. */
export const fillTables = (pages: Texts, tables: Texts): Filled => {
  const places = Object.entries(pages).flatMap(([file, page]) =>
    Object.entries(tables).flatMap(([table, text]) => {
      const filled = withTable(page, table, text)
      return filled === undefined ? [] : [{ file, table, isStale: filled !== page }]
    }),
  )
  const fill = (page: string) =>
    Object.entries(tables).reduce((filled, [name, text]) => withTable(filled, name, text) ?? filled, page)
  return {
    pages: Object.fromEntries(Object.entries(pages).map(([file, page]) => [file, fill(page)])),
    missing: Object.keys(tables).filter((name) => places.every(({ table }) => table !== name)),
    stale: places.filter(({ isStale }) => isStale).map(({ file, table }) => ({ file, table })),
  }
}

export const describeMissing = ({ missing }: Pick<Filled, 'missing'>): readonly string[] =>
  missing.map(
    (name) =>
      `README.md and docs/ have no markers for the table "${name}"\n` +
      `  remedy: add the lines <!-- ${name} --> and <!-- /${name} --> where the table belongs, then run npm run docs`,
  )

export const describeStale = ({ stale }: Pick<Filled, 'stale'>): readonly string[] =>
  stale.map(
    ({ file, table }) => `the table "${table}" in ${file} differs from the code\n  remedy: npm run docs`,
  )

export const describeStaleSchemas = (files: readonly string[]): readonly string[] =>
  files.map((file) => `${file} differs from the types in the code\n  remedy: npm run docs`)
