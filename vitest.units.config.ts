import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      '{lib,config,clients,diagnosis,setup,specs,report,faults,upgrade,drills,commands,manifests,recordings}/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    pool: 'threads',
    // Some tests start programs, which takes several times as long on a busy machine.
    testTimeout: 30_000,
    chaiConfig: { truncateThreshold: 0 },
  },
})
