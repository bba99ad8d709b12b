// A gateway with receivers beside it.
import type { DatabaseKind } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway, TestGatewayOptions } from '../support/gateway.ts'
import { client, tokenFor } from '../api/client.ts'
import type { Client } from '../api/client.ts'
import { receiver } from './receiver.ts'
import type { Behaviour, Receiver } from './receiver.ts'

export const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

export interface Rig {
  readonly g: TestGateway
  readonly to: Receiver
  /** Of an admin's token. */
  readonly call: Client
  command(
    name: string,
    args: readonly string[],
    options?: Readonly<Record<string, string | boolean>>,
  ): Promise<{ readonly code: number; readonly out: string }>
  deliveries(): Promise<
    readonly {
      readonly id: string
      readonly state: string
      readonly type: string
      readonly attempts: number
      readonly endpoint: string
      readonly error: string | null
    }[]
  >
  stop(): Promise<void>
}

/** `endpoint`: settings of the endpoint `desk` besides URL and port. */
export async function rig(
  kind: DatabaseKind,
  endpoint: Readonly<Record<string, unknown>> = {},
  rest: {
    readonly behaviour?: Behaviour
    readonly webhooks?: Readonly<Record<string, unknown>>
    readonly gateway?: TestGatewayOptions
    readonly plugins?: readonly (string | Readonly<Record<string, unknown>>)[]
    /** Those that must stand before the others. */
    readonly first?: readonly string[]
  } = {},
): Promise<Rig> {
  const to = await receiver(rest.behaviour)
  const desk = { url: to.url, secret, allow_http: true, allow_private: true, ports: [to.port], ...endpoint }
  const g = await testGateway({
    plugins: [
      'desk',
      ...(rest.first ?? []),
      'threading',
      ...(rest.plugins ?? []),
      { webhooks: { ...rest.webhooks, endpoints: { desk, ...(rest.webhooks?.endpoints as object | undefined) } } },
    ],
    kind,
    ...rest.gateway,
  })
  return {
    g,
    to,
    call: client(g, await tokenFor(g, { access: 'admin' })),
    async command(name, args, options = {}) {
      const command = g.gateway.engine.registry.plugins.map((p) => p.hooks.commands?.[name]).find((c) => c)
      if (!command) throw new Error(`no command ${name}`)
      const lines: string[] = []
      const code = await command.run({ args, options, print: (line) => void lines.push(line), json: false })
      return { code, out: lines.join('\n') }
    },
    deliveries: () =>
      g.gateway.database.read
        .selectFrom('webhooks_deliveries')
        .select(['id', 'state', 'type', 'attempts', 'endpoint', 'error'])
        .orderBy('id')
        .execute(),
    async stop() {
      await g.stop()
      await to.close()
    },
  }
}

export const carl = { from: 'Carl Customer <carl@customer.test>', to: 'support@example.test', subject: 'Help', text: 'It is broken' }
