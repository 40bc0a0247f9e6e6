/** When a pod came how far; milliseconds since 1970, undefined where it has not come that far. */
export type PodTimeline = Readonly<{
  namespace: string
  name: string
  node: string
  created: number
  scheduled: number | undefined
  /** When the last of its images was on the node; undefined as well where they all had been there before. */
  imagesPulled: number | undefined
  /** When the last of its containers was started, for its latest run. */
  started: number | undefined
  ready: number | undefined
  restarts: number
  /** Why it is not well, as podTrouble() says. */
  trouble: string | undefined
}>
