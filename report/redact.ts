import { grafanaLogin } from '../config/endpoints.ts'

const blank = 'REDACTED'

const keyWords =
  '(?:pass(?:word|wd|phrase)|secret|token|(?:api|access|private|secret)[_-]?key|client-key-data|authorization|credentials?|cookie)'
const credentialKey = new RegExp(`${keyWords}$`, 'i')
// The word ends the key, so that secretName, tokenExpirationSeconds and passwordFile keep their values.
const key = String.raw`${keyWords}\\*["']?[ \t]*`
const noCredential = String.raw`(?:true|false|null|none|nil|undefined)(?![^\s"',;)}\\])`
// "failed to fetch token: serviceaccounts are forbidden" is a sentence.
const prose = String.raw`:[ \t]+(?!bearer|basic|token)[a-z]+[ \t]+\S`
const base64 = (text: string) => Buffer.from(text).toString('base64')

const patterns: readonly (readonly [RegExp | string, string])[] = [
  [grafanaLogin.password, blank],
  [base64(grafanaLogin.password), blank],
  // To its end, or as far as it looks like a key where a log cuts it off.
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[^]{0,8192}?-----END [A-Z0-9 ]*PRIVATE KEY-----|[^-]*)/g, blank],
  // The same in base64, as a kubeconfig has it; what goes on with CERT is public.
  [/LS0tLS1CRUdJTi(?!BDRVJU)[A-Za-z0-9+/]+=*/g, blank],
  // A JSON web token; that of kubeadm's cluster-info has nothing between its dots.
  [/\beyJ[\w-]{8,}\.[\w-]*\.[\w-]*/g, blank],
  // Not "Basic authentication": a credential has digits, an equals sign, or capitals within.
  [/\b([Bb]earer|[Bb]asic)[ \t]+(?=\S*(?:[\d=]|[a-z][A-Z]))[\w.~+/-]{12,}=*/g, `$1 ${blank}`],
  [/:\/\/[^\s/@"'<>]{1,256}@/g, `://${blank}@`],
  // A line of YAML or of an ini file: all of it.
  [
    RegExp(String.raw`^([ \t-]*[\w.-]*${key}[:=][ \t]+)(?!${noCredential})[^\s"'[{|>&].*$`, 'gim'),
    `$1${blank}`,
  ],
  // In quotes, or in the escaped quotes of JSON within JSON: all up to the same quotes.
  [
    RegExp(String.raw`(${key}[:=][ \t]*(\\*["']))(?!${noCredential}\2)(?:(?!\2)[^\n])+(?=\2)`, 'gi'),
    `$1${blank}`,
  ],
  [
    RegExp(
      String.raw`(${key}(?!${prose})[:=][ \t]*)(?:(?:bearer|basic|token)[ \t]+)?(?!${noCredential})[^\s"'&\\[{|><][^\s"'&\\]*`,
      'gi',
    ),
    `$1${blank}`,
  ],
]

/** A text without anything that looks like a credential; the word REDACTED stands in its place. */
export const redactText = (text: string): string =>
  patterns.reduce((redacted, [pattern, replacement]) => redacted.replaceAll(pattern, replacement), text)

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const mapFields = (fields: Fields, change: (value: unknown, key: string) => unknown): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value, key)]))

const redactValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(redactValue)
  if (!isFields(value)) return typeof value === 'string' ? redactText(value) : value
  return mapFields(value, (field, key) => {
    // What an environment variable holds is told by its name.
    const name = key === 'value' && typeof value['name'] === 'string' ? value['name'] : key
    return typeof field === 'string' && field && credentialKey.test(name) ? blank : redactValue(field)
  })
}

// kubectl keeps the whole object in an annotation.
const ofSecret = new Set(['data', 'stringData', 'kubectl.kubernetes.io/last-applied-configuration'])
const redactSecret = (value: unknown, key?: string): unknown => {
  if (isFields(value) && !ofSecret.has(key ?? '')) return mapFields(value, redactSecret)
  if (isFields(value)) return mapFields(value, (text) => (text === '' ? text : blank))
  return ofSecret.has(key ?? '') ? blank : redactValue(value)
}

/** A Kubernetes object without credentials; a Secret keeps its keys, and which of them are empty. */
export const redactObject = (object: Fields): unknown =>
  object['kind'] === 'Secret' ? redactSecret(object) : redactValue(object)
