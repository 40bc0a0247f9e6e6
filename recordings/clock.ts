/** Does the work while the clock of this thread stands still at this time, in milliseconds since 1970. */
export const atTime = async <T>(time: number, work: () => Promise<T>): Promise<T> => {
  const { now } = Date
  Date.now = () => time
  try {
    return await work()
  } finally {
    Date.now = now
  }
}
