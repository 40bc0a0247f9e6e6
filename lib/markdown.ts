/** Escapes text for a paragraph, a heading or a cell: everything that is Markdown or HTML syntax, except inline code. */
export const escapeMarkdown = (text: string): string =>
  text.replaceAll(/`[^`]*`|[|*]|<(?=\S)|(?<![a-z0-9])_|_(?![a-z0-9])/gi, (found) =>
    found.startsWith('`') ? found : `\\${found}`,
  )

const cellText = (cell: string | number) =>
  String(cell)
    .replaceAll(/(?<!\\)\|/g, '\\|')
    .replaceAll('\n', '<br>')

/** A table whose cells are Markdown. A column of numbers is aligned to the right. */
export const markdownTable = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => {
  const isNumber = (column: number) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number')
  const rule = head.map((_, column) => (isNumber(column) ? '---:' : '---'))
  return [head, rule, ...rows].map((cells) => `| ${cells.map(cellText).join(' | ')} |`).join('\n')
}

/** A text as a fenced code block. The fence is longer than any row of backticks in the text. */
export const codeBlock = (text: string, language = 'text'): readonly string[] => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([backticks]) => backticks.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, text, fence, '']
}
