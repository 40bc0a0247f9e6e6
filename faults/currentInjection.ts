import { onInterruption } from '../lib/interrupt.ts'
import type { Undo } from './change.ts'

/** The current injection. One that fails has undone itself. */
const current: { name?: string; undo?: Promise<Undo> } = {}

/** Runs an injection, which a signal undoes from now on. */
export const injectNow = async (name: string, inject: () => Promise<Undo>): Promise<Undo> => {
  const end = () => {
    delete current.name
    delete current.undo
  }
  current.name = name
  current.undo = inject()
  const undo = await current.undo.catch((error: unknown) => {
    end()
    throw error
  })
  return async () => {
    await undo()
    end()
  }
}

/** On a signal, undoes what is injected: a kept cluster would otherwise stay broken without a word. */
export const undoOnInterruption = (print: (line: string) => void): void =>
  onInterruption(async () => {
    const { name, undo } = current
    if (name === undefined) return
    print(`undoing ${name}; if nothing more is printed about it, \`npm run clean\` removes the cluster`)
    await undo?.then(
      (bringBack) => bringBack(),
      () => {},
    )
    print(`${name} is undone`)
  })
