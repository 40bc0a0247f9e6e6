/** GitHub refuses longer comments. Counting UTF-16 code units errs on the safe side. */
export const longestComment = 65_536

/** The first line of the comment, by which the next run finds it. GitHub does not show it. */
const marker = '<!-- observability-e2e: upgrade check -->'
/** The author of comments that a workflow writes with its own token. */
const ourAuthor = 'github-actions[bot]'

/** A comment on a pull request. */
export type Comment = Readonly<{ id: number; author: string; body: string }>

/** The request that edits our comment, or creates it if there is none: a method and a path. */
export const commentRequest = (
  repository: string,
  pullRequest: number,
  comments: readonly Comment[],
): Readonly<{ method: 'PATCH' | 'POST'; path: string }> => {
  // Somebody else's comment may quote ours.
  const own = comments.find(({ author, body }) => author === ourAuthor && body.startsWith(marker))
  return own
    ? { method: 'PATCH', path: `repos/${repository}/issues/comments/${own.id}` }
    : { method: 'POST', path: `repos/${repository}/issues/${pullRequest}/comments` }
}

/** The lines that close the code blocks and `<details>` that are open after these lines. */
const closersOf = (lines: readonly string[]): readonly string[] =>
  lines.reduce<readonly string[]>((open, line) => {
    const [fence] = /^`{3,}/.exec(line) ?? []
    const innermost = open[0]
    if (innermost?.startsWith('`')) return line === innermost ? open.slice(1) : open
    if (fence !== undefined) return [fence, ...open]
    if (line.startsWith('<details>')) return ['</details>', ...open]
    return line === innermost ? open.slice(1) : open
  }, [])

const closersLength = 100
/** As many of the first lines as fit. */
const firstLines = (text: string, length: number): string => {
  if (text.length <= length) return text
  const end = text.lastIndexOf('\n', length - closersLength)
  const lines = text.slice(0, Math.max(end, 0)).split('\n')
  return [...lines, ...closersOf(lines), '', '**The report is truncated here.**'].join('\n')
}

/** The body of the comment: as much of the report as GitHub accepts, and which run wrote it. */
export const commentBody = (report: string, commit: string, run: string): string => {
  const origin = `\n\nCommit ${commit}; the [run](${run}) has the whole report in its summary and in the artifact out-upgrade.\n`
  const start = `${marker}\n`
  return start + firstLines(report, longestComment - start.length - origin.length) + origin
}
