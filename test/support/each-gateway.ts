// The same tests with gateways on either database, each of which ends with its test.
import { afterEach } from 'vitest'
import { databaseKinds, eachDatabase } from './databases.ts'
import type { DatabaseKind } from './databases.ts'
import { testGateway } from './gateway.ts'
import type { TestGateway, TestGatewayOptions } from './gateway.ts'

/** Declares tests as `eachDatabase` does: `eachGateway((open) => { test('...', async () => { const g = await open() ... }) })`. */
export function eachGateway(
  define: (open: (options?: TestGatewayOptions) => Promise<TestGateway>, kind: DatabaseKind) => void,
  kinds = databaseKinds,
): void {
  eachDatabase((kind) => {
    const opened: TestGateway[] = []
    afterEach(async () => {
      for (const g of opened.splice(0).reverse()) await g.stop()
    })
    define(async (options = {}) => {
      const g = await testGateway({ kind, ...options })
      opened.push(g)
      return g
    }, kind)
  }, kinds)
}
