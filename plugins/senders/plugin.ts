// Who may write: senders who are blocked are kept in spam unheard, those who are let in pass any spam filter.
import Type from 'typebox'
import { defineCondition, definePlugin, dmarcVerdict, domainOf, event } from '../../core/plugin.ts'
import type { Arrival, Host, Intake, Tx } from '../../core/plugin.ts'
import { senderActions } from './actions.ts'
import { senderCommands } from './commands.ts'
import { nameOf } from './entry.ts'
import { learn, learnJob } from './learn.ts'
import { senderNotices } from './notices.ts'
import { addressPattern, nearestEntry } from './pattern.ts'
import { purgeJob } from './purge.ts'
import { config } from './settings.ts'
import type { Settings } from './settings.ts'
import { dropExpired, entries, entriesFor, forgetSender } from './store.ts'
import { migrations } from './tables.ts'
import type { SenderRow } from './tables.ts'

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    readonly 'sender.blocked': SenderFacts
    readonly 'sender.allowed': SenderFacts
    readonly 'sender.unlisted': SenderFacts
  }
}

interface SenderFacts {
  readonly pattern: string
  readonly mailbox: string | null
  readonly until: string | null
  readonly refuse: boolean
}

const facts = Type.Object({
  pattern: Type.String({ description: 'An address, or @domain for the domain and everything below it' }),
  mailbox: Type.Union([Type.String(), Type.Null()], { description: 'null: every mailbox' }),
  until: Type.Union([Type.String(), Type.Null()], { description: 'null: for good' }),
  refuse: Type.Boolean({ description: 'His server is told 550' }),
})
const example = { pattern: '@nuisance.example', mailbox: null, until: null, refuse: false }

/** How long refusals are answered from memory, ms: RCPT waits for no query in between. */
const freshMs = 5000

export default definePlugin({
  name: 'senders',
  description: 'Blocks senders and lets others in; learns from what is put into spam.',
  config,
  migrations,
  events: {
    'sender.blocked': event('A sender was blocked: his mail is kept in spam.', facts, example),
    'sender.allowed': event('A sender was let in, whatever a spam filter says.', facts, { ...example, pattern: 'carl@customer.example' }),
    'sender.unlisted': event('A sender was taken off the list of who is blocked or let in.', facts, example),
  },
  counters: {
    postern_senders_blocked_total: { help: 'Mails of blocked senders that were kept in spam' },
    postern_senders_learned_total: { help: 'Mails that the learning program was given', labels: { as: ['spam', 'ham'] } },
  },
  setup(host) {
    let refused: { readonly rows: Promise<readonly SenderRow[]>; readonly at: number } | undefined
    const refusals = (): Promise<readonly SenderRow[]> => {
      if (!refused || host.now() - refused.at > freshMs || host.now() < refused.at) {
        refused = { rows: entries(host.read), at: host.now() }
        // What failed is asked for again at once.
        refused.rows.catch(() => (refused = undefined))
      }
      return refused.rows
    }
    return {
      route: async (tx, arrival) => {
        const row = await verdictOn(tx, arrival, host)
        return row?.verdict === 'block' ? { caseId: null, by: 'new', evidence: evidenceOf(row) } : null
      },
      async intake(tx, arrival): Promise<Intake> {
        const row = await verdictOn(tx, arrival, host)
        if (!row) return { verdict: 'pass' }
        if (row.verdict === 'allow') return { verdict: 'pass', spam: false, data: { allowed: row.pattern } }
        host.count('postern_senders_blocked_total')
        return { verdict: 'blocked', reason: evidenceOf(row), data: { blocked: row.pattern } }
      },
      refuses: async ({ mailFrom, mailbox }) =>
        !isOwn(host, mailFrom) && nearestEntry(await refusals(), mailFrom, mailbox, host.now())?.refuse === 1,
      on: { 'case.status_changed': (tx, heard) => learn(tx, host, heard) },
      actions: senderActions(host),
      conditions: {
        sender_listed: defineCondition({
          description: 'Whether the sender of the message, or the requester, is on the list.',
          value: Type.Union([Type.Literal('block'), Type.Literal('allow'), Type.Literal('no')]),
          async test(tx, { case: c, message }, value) {
            const address = message?.author === 'customer' ? message.from.address : c.requester.address
            const row = nearestEntry(await entriesFor(tx, [address]), address, c.mailbox, tx.now)
            return { holds: (row?.verdict ?? 'no') === value, seen: row ? `${row.verdict} ${nameOf(row.pattern)}` : 'not listed' }
          },
        }),
      },
      jobs: { learn: learnJob(host), purge: purgeJob(host.settings.keep) },
      crons: {
        prune: {
          pattern: '37 4 * * *',
          async run(tx, tick) {
            await dropExpired(tx, tick)
            await tx.jobs.put('senders.purge', 'senders.purge', tx.now, {})
          },
          passOver: 'once',
        },
      },
      commands: senderCommands(host),
      notices: senderNotices,
      async forget(tx, { address }) {
        const pattern = addressPattern(address)
        if (pattern !== null) await forgetSender(tx, pattern)
      },
      verify() {
        const names = host.config.plugins.map((p) => p.name)
        const before = names
          .slice(0, names.indexOf('senders'))
          .filter((n) => ['threading', 'agent-reply', 'rules', 'recipients'].includes(n))
        return before.map((name) => ({
          path: [],
          message: `\`senders\` must stand before \`${name}\`, or mail of blocked senders reaches it`,
        }))
      },
    }
  },
})

/** The entry that counts for a mail; undefined where there is none, and for what is about our own mail or by our own people. */
async function verdictOn(tx: Tx, { mail, mailFrom, mailbox }: Arrival, host: Host<Settings>): Promise<SenderRow | undefined> {
  const { bounce, report } = mail.verdicts
  const from = mail.from?.address ?? mailFrom
  if (bounce || report || isOwn(host, from)) return undefined
  const rows = await entriesFor(tx, [from, mailFrom])
  if (rows.length === 0) return undefined
  const own = nearestEntry(rows, from, mailbox.id, tx.now)
  const row = own ?? nearestEntry(rows, mailFrom, mailbox.id, tx.now)
  if (row?.verdict !== 'allow') return row
  // An address alone is easily written; an envelope lets nobody in.
  const { authserv_id } = host.settings
  const proved = authserv_id === undefined || dmarcVerdict(mail.headers, authserv_id, domainOf(from), [host.config.hostname]) === 'pass'
  return own && proved ? own : undefined
}

const isOwn = (host: Host<Settings>, address: string): boolean =>
  host.registry.isOurs(address) || host.registry.agentByAddress(address) !== undefined

const evidenceOf = (row: SenderRow): string => `${nameOf(row.pattern)} is blocked${row.why ? `: ${row.why}` : ''}`
