import { codeBlock } from '../../lib/markdown.ts'
import type { Claim, ClaimOutcome } from '../../specs/support/claim.ts'
import { brokenByText, verdictLine } from '../checklist.ts'
import type { Kept, TaskRecord } from './collect.ts'
import { evidenceFor, type Link } from './evidence.ts'

/** All that the page tells. */
export type Collected = Readonly<{
  outcomes: readonly ClaimOutcome[]
  /** What went wrong outside of any claim. */
  errors: readonly string[]
  tasks: readonly TaskRecord[]
  /** ISO 8601. */
  finishedAt: string
}>
/** What broke some claims; an error outside of claims broke none in particular. */
type Problem = Readonly<{ text: string; claims: readonly Claim[] }>

/** A text that several claims share begins with the part that did not come up, and no claim's sentence is the matter. */
const titleOf = ({ text, claims }: Problem) => {
  const [line = ''] = text.split('\n', 1)
  return claims.length > 1 ? line.split(': ', 1)[0] : (claims[0]?.sentence ?? line)
}
const linkLine = ({ path, about }: Link) => `- [${path}](${path}): ${about}`
const size = (bytes: number) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

/** Its text, the claims that it broke, and where to look. The sentence of a single claim is the heading. */
const describeProblem = ({ text, claims }: Problem, files: readonly Kept[]): readonly string[] => {
  const areas = [...new Set(claims.map(({ area }) => area))]
  const broken = claims.map(
    ({ area, id, sentence }) => `- ✗ \`${id}\`, ${area}${claims.length > 1 ? `: ${sentence}` : ''}`,
  )
  const links = evidenceFor(text, areas, files).map(linkLine)
  return [
    ...codeBlock(text.trimEnd()),
    ...(broken.length > 0 ? [...broken, ''] : []),
    ...(links.length > 0 ? ['Evidence:', '', ...links, ''] : []),
  ]
}

/** By folder; what is in none comes first. */
const describeFiles = (files: readonly Kept[]): readonly string[] => {
  const folderOf = ({ file }: Kept) => (file.includes('/') ? `${file.split('/')[0]}/` : '')
  const there = files.filter(({ bytes }) => bytes > 0).sort((a, b) => (a.file < b.file ? -1 : 1))
  const folders = Object.entries(Object.groupBy(there, folderOf)).sort(([a], [b]) => (a < b ? -1 : 1))
  return folders.flatMap(([folder, some = []]) => [
    ...(folder ? [`### ${folder}`, ''] : []),
    ...some.map(({ file, about, bytes }) => `${linkLine({ path: file, about })} (${size(bytes)})`),
    '',
  ])
}

/** The page that a person on call opens first: the most probable cause, where to look, all that there is. */
export const indexPage = ({ outcomes, errors, tasks, finishedAt }: Collected): string => {
  const files = tasks.flatMap((task) => task.files)
  // The checklist is in the order of dependency: what comes later is more often a consequence than a cause.
  const problems: readonly Problem[] = [
    ...errors.map((text) => ({ text, claims: [] })),
    ...brokenByText(outcomes),
  ]
  const [first, ...others] = problems
  const missing = files.flatMap(({ file, about, missing: why }) =>
    why === undefined ? [] : [`- ${file} (${about}): ${why.trim().replaceAll(/\s*\n\s*/g, ' | ')}`],
  )
  const empty = files.flatMap(({ file, bytes, missing: why }) =>
    bytes === 0 && why === undefined ? file : [],
  )
  return [
    `# ${first ? `✗ ${titleOf(first)}` : 'No claim is broken'}`,
    '',
    ...(first ? describeProblem(first, files) : []),
    ...(others.length > 0 ? ['## What else is broken, in the order of dependency', ''] : []),
    ...others.flatMap((problem) => [`### ✗ ${titleOf(problem)}`, '', ...describeProblem(problem, files)]),
    ...(missing.length > 0 ? ['## What could not be had', '', ...missing, ''] : []),
    '## All files',
    '',
    `${verdictLine(outcomes)}. Collected by ${finishedAt}, side by side: ` +
      `${tasks.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`).join(', ')}.`,
    '',
    ...describeFiles(files),
    ...(empty.length > 0 ? [`Nothing to tell, so not written: ${empty.join(', ')}.`, ''] : []),
  ].join('\n')
}
