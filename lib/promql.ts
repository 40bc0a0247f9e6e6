const words = new Set([
  ...['and', 'or', 'unless', 'atan2', 'bool', 'offset', 'start', 'end', 'inf', 'nan'],
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'],
])

/**
 * The metrics that a PromQL expression names outright. What is in braces or brackets, what is a label in a grouping, and
 * what is called as a function is none.
 */
export const metricNames = (expr: string): readonly string[] => {
  const bare = expr
    .replaceAll(/#.*$/gm, ' ')
    // First of all, since any other sign may be in them.
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, ' ')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi, ' ')
  const names = [...bare.matchAll(/(?<![\w:.$])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)].map(([name]) => name)
  return [...new Set(names)].filter((name) => !words.has(name.toLowerCase()))
}
