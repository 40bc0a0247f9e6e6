/** Text that is HTML already. */
export type Markup = Readonly<{ html: string }>
type Piece = Markup | string | number | undefined | readonly Piece[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const render = (piece: Piece): string => {
  if (piece === undefined) return ''
  if (typeof piece === 'string' || typeof piece === 'number')
    return String(piece).replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign)
  return 'html' in piece ? piece.html : piece.map(render).join('')
}

/** A template of HTML: what is put in is escaped, save what is HTML already; lists are joined, undefined is nothing. */
export const markup = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup => ({
  html: String.raw({ raw: strings }, ...pieces.map(render)),
})

/** Lines with their indentation; what wraps of one goes on further to the right than it began. */
export const verbatim = (text: string): Markup =>
  markup`<pre>${text
    .split('\n')
    .map(
      (line) => markup`<span style="--indent:${line.search(/\S|$/)}ch">${line.trim() || ' '}</span>`,
    )}</pre>`
