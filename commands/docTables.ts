import type { settings } from '../config/config.ts'
import type { Stack } from '../config/stacks.ts'
import type { Claim } from '../specs/support/claim.ts'

type Setting = Pick<(typeof settings)[number], 'name' | 'meaning' | 'rule' | 'shownDefault'>

/** What Markdown would take for its own, save in inline code. */
const escape = (text: string) =>
  text.replaceAll(/`[^`]*`|[|*]|<(?=\S)|(?<![a-z0-9])_|_(?![a-z0-9])/gi, (found) =>
    found.startsWith('`') ? found : `\\${found}`,
  )

/** A Markdown table; its cells are Markdown. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

export const settingsTable = (rows: readonly Setting[]): string =>
  table(
    ['setting', 'meaning', 'must be', 'default'],
    rows.map(({ name, meaning, rule, shownDefault }) => [
      `\`${name}\``,
      escape(meaning),
      escape(rule),
      escape(shownDefault),
    ]),
  )

export const checklistTable = (claims: readonly Claim[]): string =>
  table(
    ['area', 'claim', 'what is true when it is green', 'checklist items'],
    claims.map(({ area, id, sentence, items }) => [
      escape(area),
      `\`${id}\``,
      escape(sentence),
      items.join(', '),
    ]),
  )

/** @param ports by stack: what answers on this machine, and its port */
export const stacksTable = (
  stacks: readonly Pick<Stack, 'name' | 'chart' | 'namespace'>[],
  ports: Readonly<Record<string, Readonly<Record<string, number>>>>,
): string =>
  table(
    ['stack', 'chart version', 'namespace', 'host ports'],
    stacks.map(({ name, chart, namespace }) => [
      name,
      chart?.version ?? 'no chart',
      namespace,
      Object.entries(ports[name] ?? {})
        .map(([server, port]) => `${port} (${server})`)
        .join(', '),
    ]),
  )

/** The endpoints whose port is a node port of these values: the host port of the same number leads there. */
export const portsOf = (
  values: unknown,
  endpoints: Readonly<Record<string, string>>,
): Readonly<Record<string, number>> => {
  const nodePorts = [...JSON.stringify(values).matchAll(/"nodePort":(\d+)/g)].map(([, port]) => Number(port))
  return Object.fromEntries(
    Object.entries(endpoints)
      .map(([server, url]): [string, number] => [server, Number(new URL(url).port)])
      .filter(([, port]) => nodePorts.includes(port)),
  )
}

/** A page with what stands between the markers of a table in its place, or undefined where it lacks the markers. */
const withTable = (page: string, name: string, text: string): string | undefined => {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) return undefined
  return `${page.slice(0, from)}${begin}\n\n${text.trim()}\n\n${page.slice(to)}`
}

type Filled = Readonly<{
  page: string
  /** Names of the tables that the page has no place for. */
  missing: readonly string[]
  /** Names of those that it had otherwise. */
  stale: readonly string[]
}>

/** A page with every table, by name, in its place. */
export const withTables = (page: string, tables: Readonly<Record<string, string>>): Filled => {
  const entries = Object.entries(tables)
  const alone = entries.map(([name, text]) => ({ name, filled: withTable(page, name, text) }))
  return {
    page: entries.reduce((filled, [name, text]) => withTable(filled, name, text) ?? filled, page),
    missing: alone.filter(({ filled }) => filled === undefined).map(({ name }) => name),
    stale: alone.filter(({ filled }) => filled !== undefined && filled !== page).map(({ name }) => name),
  }
}

export const describeMissing = (file: string, { missing }: Pick<Filled, 'missing'>): readonly string[] =>
  missing.map(
    (name) =>
      `${file} has no place for the table "${name}"\n` +
      `  remedy: put the lines <!-- ${name} --> and <!-- /${name} --> where it belongs, then npm run docs`,
  )

export const describeStale = (file: string, { stale }: Pick<Filled, 'stale'>): readonly string[] =>
  stale.map((name) => `the table "${name}" of ${file} is not what the code says\n  remedy: npm run docs`)
