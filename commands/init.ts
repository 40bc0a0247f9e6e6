import { initOverlay } from '../setup/initOverlay.ts'
import { messageOf } from '../lib/messages.ts'

const [folder, ...others] = process.argv.slice(2)
try {
  if (folder === undefined || folder.startsWith('-') || others.length > 0)
    throw new Error('usage: npm run init -- FOLDER\n  example: npm run init -- ../our-stack')
  for (const file of await initOverlay(folder)) console.log(`wrote ${file}`)
  console.log(`\nuse it: E2E_OVERLAY=${folder} npm test`)
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
