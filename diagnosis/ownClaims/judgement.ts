/** What an own claim expects, compared with what was seen. */
export type Judgement = Readonly<{
  /** What was expected and what was seen instead, one line each; none if the claim holds. */
  shortfalls: readonly string[]
  /** What was measured: `3 series, 0.91 to 1`. */
  figures: string
}>

export const expected = (what: string, seen: string): string => `expected ${what}; seen: ${seen}`
