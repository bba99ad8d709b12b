// A gateway with the scheduler on either database, and the words that the tests of time share.
import { parseDuration } from '../../core/base/units.ts'
import { databaseKinds } from '../support/databases.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { eachGateway as eachTestGateway } from '../support/each-gateway.ts'
import type { TestGateway, TestGatewayOptions } from '../support/gateway.ts'

/** Anna is in London, Boris in Moscow, Clara is no longer active; it is Monday, 21 September 2026, 09:00 UTC. */
export const people = `
agents:
  anna: { name: Anna Smith, email: anna@agents.test, locale: en, timezone: Europe/London }
  boris: { name: Борис Иванов, email: boris@agents.test, locale: ru, timezone: Europe/Moscow }
  clara: { name: Clara Old, email: clara@agents.test, active: false }
groups:
  team: { name: Support team, members: [anna, boris] }
`

/** Time passes in a few great leaps: what is said here of a downtime is in its own test. */
export async function pass(g: TestGateway, by: string): Promise<void> {
  const ms = parseDuration(by) ?? Number.NaN
  await g.advance(ms, Math.max(60_000, ms / 6))
}

export type Settings = Readonly<Record<string, unknown>>

/** The same tests on both databases; each body gets a gateway that is stopped and removed after it. */
export function eachGateway(
  define: (
    with_: (
      body: (g: TestGateway) => Promise<void>,
      options?: TestGatewayOptions & { readonly scheduler?: Settings },
    ) => () => Promise<void>,
    kind: DatabaseKind,
  ) => void,
  kinds = databaseKinds,
): void {
  eachTestGateway((open, kind) => {
    define(
      (body, { scheduler, ...options } = {}) =>
        async () =>
          body(
            await open({
              config: people,
              plugins: ['desk', 'threading', { scheduler: { downtime: '3650d', ...scheduler } }, 'notify'],
              ...options,
            }),
          ),
      kind,
    )
  }, kinds)
}

/** Carl writes and becomes case #1. */
export async function begin(g: TestGateway, subject = 'Help'): Promise<void> {
  await g.mail({ from: 'Carl Customer <carl@customer.test>', to: 'support@example.test', subject, text: 'It is broken' })
}

/** Carl writes again to case #1, in answer to what he was sent last. */
export async function writeAgain(g: TestGateway, text: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const c = await g.look('#1')
  const last = c.messages.findLast((m) => m.headerId !== null)
  return g.mail({
    from: 'Carl Customer <carl@customer.test>',
    to: 'support@example.test',
    subject: 'Re: Help',
    text,
    inReplyTo: `<${last?.headerId}>`,
    headers,
  })
}

export const at = (iso: string): number => Date.parse(iso)
