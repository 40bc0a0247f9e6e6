// The one test file: Vitest would load every module again for each further one, which costs a machine with two cores six
// seconds, just when the stacks start.
import './checklist.ts'
