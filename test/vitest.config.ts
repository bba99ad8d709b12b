// One suite for everything that needs only Node and npm; tests that need real servers skip themselves and say why.
import { defineConfig } from 'vitest/config'
import { times } from './support/runs.ts'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    pool: 'forks',
    // As core/postern.mjs does: threads that end while others load code crash V8 otherwise.
    execArgv: ['--wasm-wrapper-tiering-budget=1000000000'],
    globalSetup: 'test/support/postgres-server.ts',
    testTimeout: 30_000 * times,
    hookTimeout: 60_000,
  },
})
