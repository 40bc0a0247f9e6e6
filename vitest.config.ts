import { defineConfig } from 'vitest/config'
import { loadConfigOrExit } from './config/config.ts'
import { checklistReporter } from './report/reporter.ts'
import { checklist } from './specs/support/checklist.ts'
import { ownArea } from './specs/support/claim.ts'

const config = loadConfigOrExit(process.env, { allowContext: true })
const areas = new Set(checklist.map(({ area }) => area))

export default defineConfig({
  test: {
    include: ['specs/*.spec.ts'],
    // Vitest refuses a file without tests.
    exclude: areas.has(ownArea) ? [] : ['specs/overlay.spec.ts'],
    provide: { claimsAreTests: true },
    // The reports name the line at which a claim is stated.
    includeTaskLocation: true,
    globalSetup: 'setup/global.ts',
    tags: checklist.map(({ id, sentence }) => ({ name: id, description: sentence })),
    reporters: [checklistReporter(config)],
    // Claims wait rather than compute, so all run at once: one worker for each spec.
    pool: 'threads',
    maxWorkers: areas.size,
    sequence: { concurrent: true },
    maxConcurrency: 100,
    // A claim's own timeout must come first: its message says what is wrong.
    testTimeout: Math.max(config.limits.query, config.limits.logs) + 15_000,
    chaiConfig: { truncateThreshold: 0 },
  },
})
