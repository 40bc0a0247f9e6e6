/** A text as one cell of a Markdown table. */
export const tableCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', '<br>')

/** A text as a fenced code block. The fence is longer than any row of backticks in the text. */
export const codeBlock = (text: string, language = 'text'): readonly string[] => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([backticks]) => backticks.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, text, fence, '']
}
