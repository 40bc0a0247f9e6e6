import { markup, verbatim, type Markup } from '../../report/page/markup.ts'
import type { Table } from '../tables.ts'

/** A text with `inline code`. */
export const prose = (text: string): readonly (string | Markup)[] =>
  text.split(/`([^`]*)`/).map((part, index) => (index % 2 === 1 ? markup`<code>${part}</code>` : part))

/** A part of the page under a heading, if it has content. */
export const section = (id: string, title: string, content: readonly Markup[]): Markup | undefined =>
  content.length === 0
    ? undefined
    : markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<div>${content}</div>
</section>`

const cells = (row: Table['rows'][number]): readonly Markup[] =>
  row.map((cell, column) => {
    if (column === 0) {
      const [name, ...rest] = String(cell).split('\n')
      return markup`<th scope="row">${name}${rest.map((line) => markup` <small>${line}</small>`)}</th>`
    }
    return typeof cell === 'number'
      ? markup`<td class="number">${cell}</td>`
      : markup`<td>${cell.split('\n').map((line) => markup`<p>${prose(line)}</p>`)}</td>`
  })

/** A table, if it has rows. If it is too wide, it scrolls in its own box, also by keyboard. */
export const tableMarkup = ({ title, head, rows, todo }: Table): readonly Markup[] => {
  if (rows.length === 0) return []
  const isNumber = (column: number) => rows.every((row) => typeof row[column] === 'number')
  return [
    markup`<div class="sheet${head.length > 3 ? ' wider' : ''}" role="region" aria-label="${title}" tabindex="0"><table>
<caption>${title}</caption>
<thead><tr>${head.map(
      (name, column) =>
        markup`<th scope="col"${isNumber(column) ? markup` class="number"` : ''}>${name}</th>`,
    )}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${cells(row)}</tr>`)}</tbody>
</table></div>`,
    ...(todo ? [markup`<p>${todo.text}</p>${verbatim(todo.commands.join('\n'))}`] : []),
  ]
}

/** A table that is closed at first, if it has rows. */
export const closedTable = (table: Table, id: string): readonly Markup[] =>
  table.rows.length === 0
    ? []
    : [
        markup`<details id="${id}"><summary><h3>${table.title}</h3> <small>${table.rows.length}</small></summary>
${tableMarkup(table)}
</details>`,
      ]
