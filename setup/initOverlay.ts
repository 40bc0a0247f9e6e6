import { existsSync, statSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'

const template = 'examples/start'
const schemas = '../../schemas'

/**
 * Writes the overlay of examples/start into a folder that is empty or does not exist.
 * @returns the files
 * @throws Error if it is a file, or has something in it
 */
export const initOverlay = async (folder: string): Promise<readonly string[]> => {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new Error(`${folder} is a file, and nothing was written\n  remedy: name a new folder`)
  const existing = existsSync(folder) ? await readdir(folder) : []
  if (existing.length > 0)
    throw new Error(
      `${folder} has ${existing.length === 1 ? 'an entry' : `${existing.length} entries`}, and nothing was written\n` +
        '  remedy: name a new folder',
    )
  const entries = await readdir(template, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(template, join(parentPath, name)))
    .toSorted()
  const written = files.map(async (file) => {
    const target = join(folder, file)
    const text = await readFile(join(template, file), 'utf8')
    await mkdir(dirname(target), { recursive: true })
    // Where an editor finds the schemas from there.
    await writeFile(target, text.replace(schemas, relative(resolve(folder), resolve('schemas'))))
    return target
  })
  return Promise.all(written)
}
