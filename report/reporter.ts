import { existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import type { Reporter, Vitest } from 'vitest/node'
import { ourComponents } from '../config/components.ts'
import type { Config } from '../config/config.ts'
import { ourServers } from '../config/endpoints.ts'
import { onInterruption } from '../lib/interrupt.ts'
import { describeSteps, onStep, startStepTimings, type Step } from '../lib/steps.ts'
import { now } from '../lib/progress.ts'
import { onTransfer, type Transfer } from '../setup/imageCache.ts'
import { checklist } from '../specs/support/checklist.ts'
import { annotations } from './annotations.ts'
import { describeBroken, describeChecklist, isGreen, summaryMarkdown, verdictLine } from './checklist.ts'
import { startClaims, type ClaimsStep } from './claimsStep.ts'
import { reportFile, unwritten, updateSteps, writeReports } from './files.ts'
import { gatherResult } from './gather.ts'
import { describeImages } from './images.ts'
import { showProgress } from './live.ts'
import { claimOutcomes, moduleErrors } from './outcomes.ts'
import type { Decided, RunResult } from './result.ts'

const print = (line: string) => console.log(line)
const forever = new Promise<never>(() => {})

// After a signal there is little time before the cluster is deleted.
const unhurriedMs = { facts: 15_000, evidence: 60_000 }
const interruptedMs = { facts: 2000, evidence: 3500 }

/** Annotations and job summary on GitHub Actions. */
const reportToGitHub = async (result: RunResult): Promise<readonly string[]> => {
  if (process.env['GITHUB_ACTIONS']) annotations(result).forEach(print)
  const page = process.env['GITHUB_STEP_SUMMARY']
  if (!page) return []
  const failed = (error: unknown) => [unwritten(page)(error)]
  return appendFile(page, summaryMarkdown(result)).then(() => [], failed)
}

/** Prints the last lines of the run. */
const printEnd = (result: RunResult, steps: readonly Step[]): void => {
  const { interruptedBy, evidence, images } = result
  try {
    updateSteps({ ...result, steps })
  } catch {
    // The first write reported the problem.
  }
  if (interruptedBy === undefined) print(`\n${describeSteps(steps)}\n\nwhole run: ${now().toFixed(1)} s`)
  if (images.length > 0) print(`images:    ${describeImages(images)}`)
  if (existsSync(reportFile)) print(`report:    ${reportFile}`)
  if (evidence !== undefined) print(`evidence:  ${evidence}`)
}

/** Undefined if the run was interrupted during the setup. */
const runOf = (vitest: Vitest | undefined) => vitest?.getRootProject().getProvidedContext().run

/**
 * Prints and writes the outcome of each claim, also of an interrupted run. After a failure it collects evidence before
 * the cluster is deleted.
 */
export const checklistReporter = (config: Config): Reporter => {
  const timings = startStepTimings(print)
  const steps: Step[] = []
  const transfers: Transfer[] = []
  const printedReasons = new Set<string>()
  let vitest: Vitest | undefined
  let filtered = false
  let planned = 0
  let claims: ClaimsStep | undefined
  let result: RunResult | undefined
  let interrupted = false
  let checklistPrinted = false
  let collecting = false

  const conclude = async (decided: Decided) => {
    const broken = decided.outcomes.some(({ verdict }) => verdict === 'broken') || decided.errors.length > 0
    const evidence = !collecting && (broken || steps.some(({ ok }) => !ok))
    collecting ||= evidence
    const within = interrupted ? interruptedMs : unhurriedMs
    const cluster = runOf(vitest) ?? { components: ourComponents, servers: ourServers }
    const gathered = await gatherResult({
      config,
      cluster,
      decided,
      steps,
      transfers,
      timings,
      evidence,
      within,
    })
    // Meanwhile a signal came, and its report is written instead.
    if (interrupted && decided.interruptedBy === undefined) return forever
    result = gathered
    const problems = [...(await writeReports(gathered)), ...(await reportToGitHub(gathered))]
    problems.forEach(print)
    if (!isGreen(gathered) || problems.length > 0) process.exitCode = 1
  }

  const concludeInterrupted = async (signal: string) => {
    if (result !== undefined) return
    interrupted = true
    const modules = vitest?.state.getTestModules() ?? []
    const outcomes = claimOutcomes(modules, runOf(vitest) ?? { stacks: config.stacks }, filtered, signal)
    const concluded = conclude({ outcomes, errors: moduleErrors(modules), interruptedBy: signal })
    await claims?.end(`interrupted by ${signal}`)
    const broken = checklistPrinted ? [] : describeBroken(outcomes)
    print(['', ...broken, `interrupted by ${signal}: ${verdictLine(outcomes)}`].join('\n'))
    await concluded
  }

  return {
    onInit: (started) => {
      vitest = started
      onStep((step) => steps.push(step))
      onTransfer((transfer) => transfers.push(transfer))
      onInterruption(concludeInterrupted)
      showProgress(print)
      process.once('exit', () => {
        if (result) printEnd(result, steps)
      })
    },
    onTestRunStart: (specifications) => {
      const { testNamePattern, tagsFilter } = vitest?.config ?? {}
      planned = specifications.length
      filtered = Boolean(testNamePattern ?? tagsFilter)
    },
    onTestModuleQueued: () => {
      if (!interrupted) claims ??= startClaims(timings, checklist.length)
    },
    onTestCaseReady: ({ tags }) => claims?.begun(tags.join(' ')),
    onTestCaseResult: (test) => {
      claims?.decided(test.tags.join(' '))
      const { state, errors } = test.result()
      if (state !== 'failed' || interrupted) return
      const [why = ''] = errors[0]?.message.split('\n', 1) ?? []
      print(`          ✗ ${test.tags.join(' ')}: ${printedReasons.has(why) ? 'for the same reason' : why}`)
      printedReasons.add(why)
    },
    onTestRunEnd: async (modules, unhandled) => {
      if (interrupted) return forever
      if (planned === 0) {
        print(
          'no test file matches the command line: nothing was set up, and nothing was checked\n  remedy: select claims by id, not by file: `npm test -- --tags-filter=ID`',
        )
        return
      }
      const outcomes = claimOutcomes(modules, runOf(vitest) ?? { stacks: config.stacks }, filtered)
      const errors = [...moduleErrors(modules), ...unhandled.map(({ message, stack }) => stack ?? message)]
      if (modules.length < planned && errors.length === 0)
        errors.push('the claims were not run; Vitest prints the error')
      const decided = { outcomes, errors, interruptedBy: undefined }
      await claims?.end(isGreen(decided) ? undefined : verdictLine(outcomes))
      print(`\n${describeChecklist(outcomes)}`)
      checklistPrinted = true
      if (errors.length > 0) print(`\n${errors.join('\n')}`)
      await conclude(decided)
    },
  }
}
