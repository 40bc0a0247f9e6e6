/** Escaped HTML. */
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

/** A template for HTML. It escapes text, joins lists and leaves out undefined. */
export const markup = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup => ({
  html: String.raw({ raw: strings }, ...pieces.map(render)),
})

/** Lines with their indentation; a wrapped line continues further to the right. */
export const verbatim = (text: string): Markup =>
  markup`<pre>${text
    .split('\n')
    .map(
      (line) => markup`<span style="--indent:${line.search(/\S|$/)}ch">${line.trim() || ' '}</span>`,
    )}</pre>`
