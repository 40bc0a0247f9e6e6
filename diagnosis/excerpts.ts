/** The first few texts and how many there are besides: a message that lists everything is read by nobody. */
export const firstOf = (texts: readonly string[], count: number, separator = ', '): string =>
  [...texts.slice(0, count), ...(texts.length > count ? [`and ${texts.length - count} more`] : [])].join(
    separator,
  )
