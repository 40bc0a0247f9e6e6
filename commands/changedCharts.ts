import { messageOf } from '../lib/messages.ts'
import { run } from '../lib/run.ts'
import { charts } from '../upgrade/arguments.ts'

/** The pinned versions in a text of config/stacks.ts, by chart, in the form that renovate.json matches. */
const pinnedIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/name: '([^']+)',\s+repository: '[^']+',\s+version: '([^']+)'/g)].map(
      ([, name = '', version = '']) => [name, version],
    ),
  )

// Prints the arguments of `npm run upgrade` for the versions that a pull request changes; nothing if it changes none.
const [revision = 'HEAD^'] = process.argv.slice(2)
try {
  const { stdout } = await run('git', ['show', `${revision}:config/stacks.ts`], { within: 30_000 })
  const before = pinnedIn(stdout)
  const changed = charts.filter(({ name, version }) => before.has(name) && before.get(name) !== version)
  const words = changed.flatMap(({ name, version }) => [
    `${name}@${version}`,
    '--from',
    `${name}@${before.get(name)}`,
  ])
  console.log(words.join(' '))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
