import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      '{lib,config,clients,diagnosis,setup,specs,report,faults,upgrade,drills,commands,manifests,recordings}/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    pool: 'threads',
    // The files share modules that hold no state: loading them once per thread halves the time.
    isolate: false,
    // Node itself loads them faster than Vite does.
    experimental: { viteModuleRunner: false },
    // Some tests start programs, which takes several times as long on a busy machine.
    testTimeout: 30_000,
    chaiConfig: { truncateThreshold: 0 },
  },
})
