import { expect, test } from 'vitest'
import { describeMatchers, matchesAll, parseMatchers } from './alertMatchers.ts'

test.each([
  ['alertname = Watchdog', '{alertname="Watchdog"}'],
  ['alertname="Watchdog"', '{alertname="Watchdog"}'],
  ['severity =~ warning|info', '{severity=~"warning|info"}'],
  ['{foo = "bar", dings != "bums", }', '{foo="bar", dings!="bums"}'],
  ['foo=bar,dings!~bums', '{foo="bar", dings!~"bums"}'],
  [String.raw`{quote="She said: \"Hi, all!\""}`, String.raw`{quote="She said: \"Hi, all!\""}`],
  ['statuscode=~"5.."', '{statuscode=~"5.."}'],
  [String.raw`path=~"a\\.b\.c"`, String.raw`{path=~"a\\.b\\.c"}`],
  ['team=', '{team=""}'],
  ['"with space"="yes"', '{with space="yes"}'],
  ['{}', '{}'],
])('%s is read as %s', (text, expected) => {
  expect(describeMatchers(parseMatchers(text))).toBe(expected)
})

test.each(['alertname', 'a="b" c="d"', 'a="b'])('%s is no list of matchers', (text) => {
  expect(() => parseMatchers(text)).toThrow(text)
})

test.each([
  // A regular expression must match the whole value.
  ['env=~produ', { env: 'production' }, false],
  ['env=~"produ.*"', { env: 'production' }, true],
  ['env=~"a|b"', { env: 'bb' }, false],
  ['env!~"produ.*"', { env: 'testing' }, true],
  ['env=~"(?i)PROD"', { env: 'prod' }, true],
  // A missing label is an empty one.
  ['env=', {}, true],
  ['env!=prod', {}, true],
  ['env=~".*"', {}, true],
  ['env=~".+"', {}, false],
  ['{a="1", b="2"}', { a: '1' }, false],
  ['{}', { a: '1' }, true],
])('%s for %o: %s', (text, labels, expected) => {
  expect(matchesAll(parseMatchers(text), labels)).toBe(expected)
})
