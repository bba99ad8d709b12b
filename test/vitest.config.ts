// One suite for everything that needs only Node and npm; tests that need real servers skip themselves and say why.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    pool: 'forks',
    globalSetup: 'test/support/postgres-server.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
