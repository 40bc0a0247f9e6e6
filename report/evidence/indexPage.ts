import { codeBlock } from '../../lib/markdown.ts'
import type { Components } from '../../config/components.ts'
import type { Claim } from '../../specs/support/claim.ts'
import { brokenByText, verdictLine } from '../checklist.ts'
import type { RunResult } from '../result.ts'
import type { Kept, TaskRecord } from './collect.ts'
import { evidenceFor, type Link } from './evidence.ts'

type Collected = Pick<RunResult, 'outcomes' | 'errors' | 'finishedAt'> &
  Readonly<{ tasks: readonly TaskRecord[]; components: Components }>

/** A failure with the claims that it broke; an error outside of any claim has none. */
type Failure = Readonly<{ text: string; claims: readonly Claim[] }>

// The failure of several claims begins with the name of the part that did not come up.
const titleOf = ({ text, claims }: Failure) => {
  const [line = ''] = text.split('\n', 1)
  return claims.length > 1 ? line.split(': ', 1)[0] : (claims[0]?.sentence ?? line)
}
const linkLine = ({ path, about }: Link) => `- [${path}](${path}): ${about}`
const size = (bytes: number) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

/** The text, the broken claims and the evidence. The sentence of a single claim is in the heading. */
const describeFailure = (
  { text, claims }: Failure,
  files: readonly Kept[],
  components: Components,
): readonly string[] => {
  const areas = [...new Set(claims.map(({ area }) => area))]
  const broken = claims.map(
    ({ area, id, sentence }) => `- ✗ \`${id}\`, ${area}${claims.length > 1 ? `: ${sentence}` : ''}`,
  )
  const links = evidenceFor(text, areas, files, components).map(linkLine)
  return [
    ...codeBlock(text.trimEnd()),
    ...(broken.length > 0 ? [...broken, ''] : []),
    ...(links.length > 0 ? ['Evidence:', '', ...links, ''] : []),
  ]
}

/** By folder; top-level files come first. */
const describeFiles = (files: readonly Kept[]): readonly string[] => {
  const folderOf = ({ file }: Kept) => (file.includes('/') ? `${file.split('/')[0]}/` : '')
  const written = files.filter(({ bytes }) => bytes > 0).sort((a, b) => (a.file < b.file ? -1 : 1))
  const folders = Object.entries(Object.groupBy(written, folderOf)).sort(([a], [b]) => (a < b ? -1 : 1))
  return folders.flatMap(([folder, some = []]) => [
    ...(folder ? [`### ${folder}`, ''] : []),
    ...some.map(({ file, about, bytes }) => `${linkLine({ path: file, about })} (${size(bytes)})`),
    '',
  ])
}

/** The page that an on-call engineer opens first: the most probable cause, its evidence, and all files. */
export const indexPage = ({ outcomes, errors, tasks, components, finishedAt }: Collected): string => {
  const files = tasks.flatMap((task) => task.files)
  // The checklist is in order of dependency: later failures are often consequences of earlier ones.
  const failures: readonly Failure[] = [
    ...errors.map((text) => ({ text, claims: [] })),
    ...brokenByText(outcomes),
  ]
  const [first, ...others] = failures
  const missing = files.flatMap(({ file, about, missing: why }) =>
    why === undefined ? [] : [`- ${file} (${about}): ${why.trim().replaceAll(/\s*\n\s*/g, ' | ')}`],
  )
  const empty = files.flatMap(({ file, bytes, missing: why }) =>
    bytes === 0 && why === undefined ? file : [],
  )
  return [
    `# ${first ? `✗ ${titleOf(first)}` : 'No claim is broken'}`,
    '',
    ...(first ? describeFailure(first, files, components) : []),
    ...(others.length > 0 ? ['## Other failures, in order of dependency', ''] : []),
    ...others.flatMap((failure) => [
      `### ✗ ${titleOf(failure)}`,
      '',
      ...describeFailure(failure, files, components),
    ]),
    ...(missing.length > 0 ? ['## What could not be collected', '', ...missing, ''] : []),
    '## All files',
    '',
    `${verdictLine(outcomes)}. Collected in parallel until ${finishedAt}: ` +
      `${tasks.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`).join(', ')}.`,
    '',
    ...describeFiles(files),
    ...(empty.length > 0 ? [`Empty, so not written: ${empty.join(', ')}.`, ''] : []),
  ].join('\n')
}
