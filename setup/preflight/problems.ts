/** Something that prevents a run (error) or may prevent it (warning). */
export type Problem = Readonly<{
  severity: 'error' | 'warning'
  what: string
  seen: string
  needed: string
  /** A command, or what to do if no command helps. */
  remedy: string
}>

export const isError = ({ severity }: Problem): boolean => severity === 'error'

export const errorsFirst = (problems: readonly Problem[]): readonly Problem[] => [
  ...problems.filter(isError),
  ...problems.filter((problem) => !isError(problem)),
]

/** Four lines for each problem. */
export const describeProblems = (problems: readonly Problem[]): string => {
  const indent = (text: string) => text.trimEnd().replaceAll('\n', '\n            ')
  if (problems.length === 0) return 'no problems found'
  return problems
    .map(({ severity, what, seen, needed, remedy }) =>
      [
        `${severity}: ${what}`,
        `    seen:   ${indent(seen)}`,
        `    needed: ${indent(needed)}`,
        `    remedy: ${indent(remedy)}`,
      ].join('\n'),
    )
    .join('\n')
}
