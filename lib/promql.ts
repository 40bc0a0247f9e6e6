const words = new Set([
  ...['and', 'or', 'unless', 'atan2', 'bool', 'offset', 'start', 'end', 'inf', 'nan'],
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'],
])

/**
 * The metrics that a PromQL expression names. Words in braces or brackets, labels in groupings and function names are not
 * metrics.
 */
export const metricNames = (expr: string): readonly string[] => {
  const bare = expr
    .replaceAll(/#.*$/gm, ' ')
    // Strings first: they may contain any other character.
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, ' ')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi, ' ')
  const names = [...bare.matchAll(/(?<![\w:.$])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)].map(([name]) => name)
  return [...new Set(names)].filter((name) => !words.has(name.toLowerCase()))
}
