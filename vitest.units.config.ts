import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      '{lib,config,clients,diagnosis,setup,specs,report,faults,upgrade,drills,commands,manifests,recordings}/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    pool: 'threads',
    chaiConfig: { truncateThreshold: 0 },
  },
})
