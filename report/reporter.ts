import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reporter, TestCase, Vitest } from 'vitest/node'
import type { Config } from '../setup/config.ts'
import { describeStep, outFolder, readTimeline, writeTimeline, type Step } from '../setup/ledger.ts'
import { checklistMarkdown, describeChecklist } from './checklist.ts'
import { collectDiagnostics } from './diagnostics.ts'
import { claimOutcomes, moduleErrors } from './outcomes.ts'

const print = (line: string) => console.log(line)
const now = () => performance.now() / 1000

/** Prints and writes what became of each claim; on a failure it keeps the evidence while the cluster still stands. */
export const checklistReporter = (config: Config): Reporter => {
  const state: { vitest?: Vitest } = {}
  return {
    onInit: (vitest) => {
      state.vitest = vitest
    },
    onTestCaseResult: (test: TestCase) => {
      const result = test.result()
      if (result.state === 'failed')
        print(`          ✗ ${test.tags.join(' ')}: ${result.errors[0]?.message.split('\n', 1)[0]}`)
    },
    onTestRunEnd: async (modules, unhandled) => {
      const { testNamePattern, tagsFilter } = state.vitest?.config ?? {}
      const specs = (await readdir('specs')).filter((file) => file.endsWith('.spec.ts'))
      const filtered = Boolean(testNamePattern ?? tagsFilter) || modules.length < specs.length
      const outcomes = claimOutcomes(modules, config.stacks, filtered)
      const errors = [...moduleErrors(modules), ...unhandled.map(({ message }) => message)]
      const broken = errors.length > 0 || outcomes.some(({ verdict }) => verdict === 'broken')
      if (broken) process.exitCode = 1

      const earlier = await readTimeline()
      const from = Math.max(0, ...earlier.map((step) => step.from + step.seconds))
      const step: Step = { name: 'claims', from, seconds: now() - from, ok: !broken }
      print(describeStep(step))
      await writeTimeline([...earlier, step])
      print(`\n${describeChecklist(outcomes)}`)
      if (errors.length > 0) print(`\n${errors.join('\n')}`)

      const markdown = checklistMarkdown(outcomes)
      await writeFile(join(outFolder, 'summary.md'), markdown)
      const summary = process.env['GITHUB_STEP_SUMMARY']
      if (summary) await appendFile(summary, markdown)
      if (broken) print(`\nevidence: ${await collectDiagnostics(config)}`)
    },
  }
}
