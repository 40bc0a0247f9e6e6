import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SpecLine } from '../specs/support/checklist.ts'

const folder = 'specs'

/** Where each claim is stated, by id: all that vitest knows is the file that loads the specs. */
export const readSpecLines = (): ReadonlyMap<string, SpecLine> => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.spec.ts'))
  return new Map(
    files.flatMap((name) => {
      const file = join(folder, name)
      const text = readFileSync(file, 'utf8')
      return [...text.matchAll(/^claim\w+\(\s*'([^']+)'/gm)].map(({ 1: id = '', index }) => {
        return [id, { file, line: text.slice(0, index).split('\n').length }] as const
      })
    }),
  )
}
