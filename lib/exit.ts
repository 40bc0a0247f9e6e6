/**
 * Ends a command that cannot do what it was asked for, before it has created or changed anything, with exit code 2. The
 * type annotation lets the compiler know that nothing after a call is reached.
 */
export const exitWith: (problem: string) => never = (problem) => {
  console.error(problem)
  process.exit(2)
}
