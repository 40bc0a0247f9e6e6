import { messageOf } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import { charts } from '../upgrade/arguments.ts'

/** The versions that a text of config/stacks.ts pins, by chart: the form that renovate.json matches. */
const pinnedIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/name: '([^']+)',\s+repository: '[^']+',\s+version: '([^']+)'/g)].map(
      ([, name = '', version = '']) => [name, version],
    ),
  )

// What `npm run upgrade` is to be asked where a pull request bumps a version: as arguments, nothing if it bumps none.
const [revision = 'HEAD^'] = process.argv.slice(2)
try {
  const { stdout } = await run('git', ['show', `${revision}:config/stacks.ts`], { within: 30_000 })
  const before = pinnedIn(stdout)
  const bumped = charts.filter(({ name, version }) => before.has(name) && before.get(name) !== version)
  const words = bumped.flatMap(({ name, version }) => [
    `${name}@${version}`,
    '--from',
    `${name}@${before.get(name)}`,
  ])
  console.log(words.join(' '))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
