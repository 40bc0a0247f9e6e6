// The only test file. With one for each spec, Vitest loads every module again for each: six seconds on two cores, while the
// stacks start.
import './checklist.ts'
