// One suite for everything that needs only Node and npm; tests that need real servers skip themselves and say why.
//
//   in process      a gateway inside the test, or none: two files at a time
//   whole machine   daemons, real servers, browsers, kills under load: one file at a time, when the others are through
import { configDefaults, defineConfig } from 'vitest/config'
import { times } from './support/runs.ts'

const wholeMachine = [
  'test/{e2e,cli,packed,faults}/**/*.test.ts',
  'test/**/{chromium,crash,faketime,killed-migration,load,nodes,parallel,places,postfix,released,sanitize-chromium,systemd}.test.ts',
  'examples/ticket-ui/*.test.ts',
]

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
    pool: 'forks',
    // As core/postern.mjs does: threads that end while others load code crash V8 otherwise.
    execArgv: ['--wasm-wrapper-tiering-budget=1000000000'],
    globalSetup: 'test/support/postgres-server.ts',
    testTimeout: 30_000 * times,
    hookTimeout: 60_000,
    // Whoever waits for something to become true waits for it on a busy machine too.
    expect: { poll: { timeout: 20_000 * times } },
    projects: [
      {
        extends: true,
        test: {
          name: 'in process',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...wholeMachine],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'whole machine', include: wholeMachine, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
