// One suite for everything that needs only Node and npm; tests that need real servers skip themselves and say why.
import { defineConfig } from 'vitest/config'
import { times } from './support/runs.ts'

export default defineConfig({
  // What a package gets compiled, a checkout takes from its sources.
  resolve: {
    alias: {
      'postern/plugin': new URL('../core/plugin.ts', import.meta.url).pathname,
      'postern/testing': new URL('../core/scenario/testing.ts', import.meta.url).pathname,
    },
  },
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    pool: 'forks',
    // As core/postern.mjs does: threads that end while others load code crash V8 otherwise.
    execArgv: ['--wasm-wrapper-tiering-budget=1000000000'],
    globalSetup: 'test/support/postgres-server.ts',
    testTimeout: 30_000 * times,
    hookTimeout: 60_000,
    // Whoever waits for something to become true waits for it on a busy machine too.
    expect: { poll: { timeout: 20_000 * times } },
  },
})
