import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{setup,specs,report,faults,upgrade,manifests}/**/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'threads',
    chaiConfig: { truncateThreshold: 0 },
  },
})
