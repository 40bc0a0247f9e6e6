import { defineConfig } from 'vitest/config'
import { loadConfigOrExit } from './config/config.ts'
import { checklistReporter } from './report/reporter.ts'
import { checklist } from './specs/support/checklist.ts'

const config = loadConfigOrExit(process.env)

export default defineConfig({
  test: {
    include: ['specs/support/all.ts'],
    globalSetup: 'setup/global.ts',
    tags: checklist.map(({ id, sentence }) => ({ name: id, description: sentence })),
    reporters: [checklistReporter(config)],
    pool: 'threads',
    // Claims wait, they do not compute: all at once.
    sequence: { concurrent: true },
    maxConcurrency: 100,
    // The inner message of a wait that ran out must come before vitest's own.
    testTimeout: Math.max(config.limits.query, config.limits.logs) + 15_000,
    chaiConfig: { truncateThreshold: 0 },
  },
})
