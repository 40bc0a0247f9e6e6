import { markup, type Markup } from './markup.ts'

type Cells = readonly string[]
/** The first column is the name of the row, the columns after it are numbers, the last ones are text. */
type Table = Readonly<{ caption: string; numbers: number; head: Cells; rows: readonly Cells[] }>

/** A table with a caption. One that is too wide scrolls in its own box, also by keyboard. */
export const table = ({ caption, numbers, head, rows }: Table): Markup => {
  const align = (column: number) => (column >= 1 && column <= numbers ? markup` class="number"` : undefined)
  const cell = (text: string, column: number) =>
    column === 0 ? markup`<th scope="row">${text}</th>` : markup`<td${align(column)}>${text}</td>`
  return markup`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((text, column) => markup`<th scope="col"${align(column)}>${text}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => markup`<tr>${cells.map(cell)}</tr>`)}</tbody>
</table></div>`
}
