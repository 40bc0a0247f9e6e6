import { existsSync, statSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'

const template = 'examples/start'
const schemas = '../../schemas'

/**
 * Writes the overlay of examples/start into a folder that is empty or does not exist.
 * @returns the files
 * @throws Error if it is a file, or not empty
 */
export const initOverlay = async (folder: string): Promise<readonly string[]> => {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new Error(
      `${folder} is a file; nothing was written\n  remedy: name a folder that is empty or does not exist`,
    )
  const existing = existsSync(folder) ? await readdir(folder) : []
  if (existing.length > 0)
    throw new Error(
      `${folder} is not empty; nothing was written\n  remedy: name a folder that is empty or does not exist`,
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
    // Editors resolve the path of a schema from the folder of the file.
    await writeFile(target, text.replace(schemas, relative(resolve(folder), resolve('schemas'))))
    return target
  })
  return Promise.all(written)
}
