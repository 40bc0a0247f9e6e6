import { onInterruption } from '../lib/interrupt.ts'
import { messageOf } from '../lib/messages.ts'
import type { Undo } from './change.ts'

/** The current injections by name. One that fails has undone itself. */
const current = new Map<string, Promise<Undo>>()

/** An undo that a trial and a signal may both ask for. */
const once = (undo: Undo): Undo => {
  const begun: { work?: Promise<void> } = {}
  return () => (begun.work ??= undo())
}

/** Runs an injection, which a signal undoes from now on. */
export const injectNow = async (name: string, inject: () => Promise<Undo>): Promise<Undo> => {
  const injected = inject().then(once)
  current.set(name, injected)
  const undo = await injected.catch((error: unknown) => {
    current.delete(name)
    throw error
  })
  return async () => {
    await undo()
    current.delete(name)
  }
}

// Milliseconds. A node that is being stopped takes ten seconds, and as long to start again.
const undoWithin = 60_000

/** On a signal, undoes what is injected: a kept cluster would otherwise stay broken without a word. */
export const undoOnInterruption = (print: (line: string) => void): void =>
  onInterruption(async () => {
    await Promise.all(
      [...current].map(async ([name, injected]) => {
        print(`undoing ${name}; if nothing more is printed about it, \`npm run clean\` removes the cluster`)
        const undo = await injected.catch(() => async () => {})
        await undo().then(
          () => print(`${name} is undone`),
          (error: unknown) => print(`${name} is not undone: ${messageOf(error)}`),
        )
      }),
    )
  }, undoWithin)
