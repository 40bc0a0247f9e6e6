/** The value of a dashboard variable, as Grafana's page selects it first. */
export type VariableValue = Readonly<{
  /** More than one for "All". */
  values: readonly string[]
  /** What the dashboard inserts for "All", as it is, instead of all values. */
  custom?: string
  /** It may have several values, so that they are escaped as a regular expression. */
  several?: boolean
  /** All that can be selected. */
  options?: readonly string[]
  /** PromQL that selects no series, so that nothing can be selected. */
  selectsNothing?: string
}>
export type VariableValues = Readonly<Record<string, VariableValue>>

const token = /\$\{(\w+)(?:\.\w+)?(?::(\w+))?\}|\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]/g

/** The names of the variables in a text. */
export const tokensIn = (text: string): readonly string[] =>
  [...text.matchAll(token)].map(([, braced, , plain, bracketed]) => braced ?? plain ?? bracketed ?? '')

const escapeText = (value: string) => value.replaceAll('\\', '\\\\').replaceAll("'", "\\\\'")
/** Twice: the regular expression stands in a PromQL string. */
const escapePattern = (value: string) =>
  value.replaceAll('\\', '\\\\\\\\').replaceAll(/[$^*{}[\]'+?.()|]/g, '\\\\$&')
const alternatives = (values: readonly string[]) =>
  values.length === 1 ? (values[0] ?? '') : `(${values.join('|')})`

const quotedWith = (quote: string) => (values: readonly string[]) =>
  values.map((value) => `${quote}${value.replaceAll(quote, `\\${quote}`)}${quote}`).join(',')

const formats: Readonly<Record<string, (values: readonly string[]) => string>> = {
  raw: (values) => values.join(','),
  csv: (values) => values.join(','),
  text: (values) => values.join(' + '),
  pipe: (values) => values.join('|'),
  glob: (values) => (values.length === 1 ? (values[0] ?? '') : `{${values.join(',')}}`),
  json: (values) => JSON.stringify(values.length === 1 ? values[0] : values),
  regex: (values) => alternatives(values.map((value) => value.replaceAll(/[\\^$*+?.()|[\]{}/]/g, '\\$&'))),
  doublequote: quotedWith('"'),
  singlequote: quotedWith("'"),
}

/** As the Prometheus data source inserts a value that has no format. */
const inserted = ({ values, several = false }: VariableValue): string =>
  several ? (values.length > 0 ? alternatives(values.map(escapePattern)) : '') : escapeText(values[0] ?? '')

/**
 * Fills in `$name`, `${name}`, `${name:format}` and `[[name]]`. Unknown variables, and those that the server fills in
 * (such as `$__rate_interval`), are left as they are.
 */
export const fillVariables = (text: string, values: VariableValues): string =>
  text.replaceAll(
    token,
    (
      whole,
      braced?: string,
      format?: string,
      plain?: string,
      bracketed?: string,
      otherFormat?: string,
    ): string => {
      const value = values[braced ?? plain ?? bracketed ?? '']
      if (!value) return whole
      if (value.custom !== undefined) return value.custom
      const formatted = formats[format ?? otherFormat ?? '']
      return formatted ? formatted(value.values) : inserted(value)
    },
  )
