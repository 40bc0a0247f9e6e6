import { defineConfig } from 'vitest/config'
import { loadConfigOrExit } from './config/config.ts'
import { checklistReporter } from './report/reporter.ts'
import { checklist } from './specs/support/checklist.ts'

const config = loadConfigOrExit(process.env, { allowContext: true })

export default defineConfig({
  test: {
    include: ['specs/support/claimTests.ts'],
    // Node loads the modules itself, so stack traces have the lines of the files.
    experimental: { viteModuleRunner: false },
    provide: { claimsAreTests: true },
    globalSetup: 'setup/global.ts',
    tags: checklist.map(({ id, sentence }) => ({ name: id, description: sentence })),
    reporters: [checklistReporter(config)],
    pool: 'threads',
    // Claims wait rather than compute, so all run at once.
    sequence: { concurrent: true },
    maxConcurrency: checklist.length,
    // A claim's own timeout must come first: its message says what is wrong.
    testTimeout: Math.max(config.limits.query, config.limits.logs) + 15_000,
    chaiConfig: { truncateThreshold: 0 },
  },
})
