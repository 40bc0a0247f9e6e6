import { markup, type Markup } from './markup.ts'
import { style } from './style.ts'

type Page = Readonly<{
  title: string
  /** The state, as the style sheet names it. */
  className: string
  /** CSS of this page only. */
  ownStyle?: string
  /** The verdict and the overview. */
  top: readonly Markup[]
  main: readonly (Markup | undefined)[]
}>

/** An HTML page without scripts that loads nothing. */
export const pageFrame = ({ title, className, ownStyle = '', top, main }: Page): string =>
  markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${{ html: style + ownStyle }}</style>
</head>
<body class="${className}">
<a class="skip" href="#result">Skip to the result</a>
${top}
<main id="result" tabindex="-1">
${main}
</main>
</body>
</html>
`.html
