/** A kind of message, and what it means. */
type Kind<Context, Meaning> = readonly [
  pattern: RegExp,
  explain: (match: readonly string[], context: Context) => Meaning,
]
export type Kinds<Context, Meaning> = readonly Kind<Context, Meaning>[]

/** The meaning of a message by the first kind whose pattern it matches. */
export const explainMessage = <Context, Meaning>(
  kinds: Kinds<Context, Meaning>,
  message: string,
  context: Context,
): Meaning | undefined => {
  for (const [pattern, explain] of kinds) {
    const match = pattern.exec(message)
    if (match) return explain(match, context)
  }
  return undefined
}
