import type { Servers } from '../config/endpoints.ts'

const blank = 'REDACTED'

const keyWords =
  '(?:pass(?:word|wd|phrase)|secret|token|(?:api|access|private|secret)[_-]?key|client-key-data|authorization|credentials?|cookie)'
const credentialKey = new RegExp(`${keyWords}$`, 'i')
// The word must end the key: secretName, tokenExpirationSeconds and passwordFile are no credentials.
const key = String.raw`${keyWords}\\*["']?[ \t]*`
const noCredential = String.raw`(?:true|false|null|none|nil|undefined)(?![^\s"',;)}\\])`
// A sentence, such as "failed to fetch token: serviceaccounts are forbidden".
const prose = String.raw`:[ \t]+(?!bearer|basic|token)[a-z]+[ \t]+\S`
const base64 = (text: string) => Buffer.from(text).toString('base64')

const patterns: readonly (readonly [RegExp | string, string])[] = [
  // Up to its end, or up to where a log cuts it off.
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[^]{0,8192}?-----END [A-Z0-9 ]*PRIVATE KEY-----|[^-]*)/g, blank],
  // A key in base64, as in a kubeconfig; certificates are public.
  [/LS0tLS1CRUdJTi(?!BDRVJU)[A-Za-z0-9+/]+=*/g, blank],
  // A JSON Web Token; the one in kubeadm's cluster-info has an empty payload.
  [/\beyJ[\w-]{8,}\.[\w-]*\.[\w-]*/g, blank],
  // Not "Basic authentication": a credential contains a digit, an equals sign or mixed case.
  [/\b([Bb]earer|[Bb]asic)[ \t]+(?=\S*(?:[\d=]|[a-z][A-Z]))[\w.~+/-]{12,}=*/g, `$1 ${blank}`],
  [/:\/\/[^\s/@"'<>]{1,256}@/g, `://${blank}@`],
  // The rest of a line of YAML or of an ini file.
  [
    RegExp(String.raw`^([ \t-]*[\w.-]*${key}[:=][ \t]+)(?!${noCredential})[^\s"'[{|>&].*$`, 'gim'),
    `$1${blank}`,
  ],
  // A quoted value, also with the escaped quotes of JSON within JSON.
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

/**
 * The text, with REDACTED in place of everything that looks like a credential.
 * @param passwords known passwords, which are blanked wherever they occur
 */
export const redactText = (text: string, passwords: readonly string[] = []): string =>
  [...passwords.flatMap((one) => [[one, blank] as const, [base64(one), blank] as const]), ...patterns].reduce(
    (redacted, [pattern, replacement]) => redacted.replaceAll(pattern, replacement),
    text,
  )

/** The passwords with which this run logs in. */
export const passwordsOf = (servers: Servers): readonly string[] =>
  Object.values(servers).flatMap(({ password }) => password || [])

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const mapFields = (fields: Fields, change: (value: unknown, key: string) => unknown): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value, key)]))

const redactValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(redactValue)
  if (!isFields(value)) return typeof value === 'string' ? redactText(value) : value
  return mapFields(value, (field, key) => {
    // The name of an environment variable says what its value is.
    const name = key === 'value' && typeof value['name'] === 'string' ? value['name'] : key
    return typeof field === 'string' && field && credentialKey.test(name) ? blank : redactValue(field)
  })
}

// kubectl apply keeps the whole object in an annotation.
const ofSecret = new Set(['data', 'stringData', 'kubectl.kubernetes.io/last-applied-configuration'])
const redactSecret = (value: unknown, key?: string): unknown => {
  if (isFields(value) && !ofSecret.has(key ?? '')) return mapFields(value, redactSecret)
  if (isFields(value)) return mapFields(value, (text) => (text === '' ? text : blank))
  return ofSecret.has(key ?? '') ? blank : redactValue(value)
}

/** A Kubernetes object without credentials. A Secret keeps its keys, and its empty values. */
export const redactObject = (object: Fields): unknown =>
  object['kind'] === 'Secret' ? redactSecret(object) : redactValue(object)
