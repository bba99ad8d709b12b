// (h) Searching: three words among many messages, and what the index takes, on both databases. POSTERN_BENCH_MESSAGES=200000: so many.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { systemClock } from '../../../core/base/clock.ts'
import type { Config } from '../../../core/base/config/types.ts'
import { systemOrigin } from '../../../core/contract/origin.ts'
import type { Tx } from '../../../core/contract/tx.ts'
import { migrationLines } from '../../../core/engine/migration-lines.ts'
import type { Database } from '../../../core/store/database.ts'
import { transact } from '../../../core/store/database.ts'
import { migrate } from '../../../core/store/migrate.ts'
import { openPostgres } from '../../../core/store/postgres.ts'
import { openSqlite } from '../../../core/store/sqlite/sqlite.ts'
import { find } from '../../../plugins/search/find.ts'
import type { SearchHost } from '../../../plugins/search/find.ts'
import { indexRound } from '../../../plugins/search/indexer.ts'
import plugin from '../../../plugins/search/plugin.ts'
import { startPostgres } from '../../support/postgres-server.ts'
import type { Figure, Row } from './row.ts'

const wordsOfMessage = 120
/** Two messages a case. */
const perCase = 2
/** A customer writes five messages in all. */
const perCustomer = 5

export const search: Row = {
  name: 'search',
  title: 'three words among many messages (POSTERN_BENCH_MESSAGES, 10,000), p95 of 200 searches in ms; the index as a share of the text',
  async run({ quick }) {
    const messages = Number(process.env.POSTERN_BENCH_MESSAGES ?? (quick ? 2_000 : 10_000))
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-search-'))
    let base: string | undefined
    try {
      const figures: Figure[] = []
      const notes: string[] = []
      const take = (one: Measured): void => {
        figures.push(...one.figures)
        notes.push(one.parts)
      }
      const sqlite = openSqlite({ path: path.join(folder, 'postern.db') })
      take(await measure(sqlite, messages))
      // Beside it: a server that may not run as root has a user of its own.
      base = mkdtempSync(path.join(tmpdir(), 'postern-search-pg-'))
      const server = await startPostgres(base, { settings: { autovacuum: 'on' } })
      try {
        take(await measure(await openPostgres({ url: server.url, pool: 4 }), messages))
      } finally {
        await server.stop()
      }
      return { figures, notes }
    } finally {
      for (const one of [folder, base]) if (one !== undefined) rmSync(one, { recursive: true, force: true })
    }
  },
}

/** What was measured on one database, and of which parts the index consists. */
interface Measured {
  readonly figures: readonly Figure[]
  readonly parts: string
}

async function measure(database: Database, messages: number): Promise<Measured> {
  try {
    const lines = migrationLines([{ definition: plugin, settings: {} }])
    await migrate(database.write, lines, database.types, systemClock)
    const random = generator(7)
    const text = await fill(database, messages, random)
    const host = hostOf(database)
    const before = await sizeOf(database)
    const began = performance.now()
    while ((await indexRound(host, Date.now())) !== 'done');
    const rate = messages / ((performance.now() - began) / 1000)
    if (database.kind === 'sqlite') await sql`insert into search_words(search_words) values ('optimize')`.execute(database.write)
    await sql`analyze`.execute(database.write)
    const share = ((await sizeOf(database)) - before) / text
    const parts = `${database.kind}, parts of it: ${await partsOf(database, text)}`
    const times: Record<'relevance' | '-updated_at', number[]> = { relevance: [], '-updated_at': [] }
    let found = 0
    for (let i = 0; i < 220; i++) {
      // Words that a person would look for: neither the commonest nor the rarest.
      const q = [10, 60, 300].map((rank) => word(rank + Math.floor(random() * rank * 4))).join(' ')
      for (const by of ['relevance', '-updated_at'] as const) {
        const from = performance.now()
        const { total } = await find(host, database.read, q, viewer, { mailboxes: ['support'], by, skip: 0, limit: 20 })
        // The first ones warm up.
        if (i >= 20) times[by].push(performance.now() - from)
        found += total
      }
    }
    if (found === 0) throw new Error('nothing was found')
    const p95 = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length * 0.95)] ?? Number.NaN
    const figures: Figure[] = [
      { name: `${database.kind}, best first, p95`, unit: 'ms', values: [p95(times.relevance)], atMost: 50 },
      { name: `${database.kind}, newest first, p95`, unit: 'ms', values: [p95(times['-updated_at'])], atMost: 50 },
      { name: `${database.kind}, index of the text`, unit: '%', values: [share * 100], atMost: 35 },
      { name: `${database.kind}, indexing`, unit: 'messages/s', values: [rate] },
    ]
    return { figures, parts }
  } finally {
    await database.stop()
  }
}

const viewer = { now: Date.now(), timezone: 'UTC', locale: 'en', agent: null }

/** What the plugin is handed, as far as indexing and searching go. */
function hostOf(database: Database): SearchHost {
  const part = {
    // Which database it is, is all that is asked.
    config: { database: { kind: database.kind } } as unknown as Config,
    read: database.read,
    count: () => {},
    transact: <T>(_origin: unknown, work: (tx: Tx) => Promise<T>): Promise<T> =>
      // Of the transaction only its database is used.
      transact(database, systemClock, (db) => work({ db, now: Date.now(), origin: systemOrigin } as unknown as Tx)),
  }
  return part as unknown as SearchHost
}

/** Characters of all texts in octets of UTF-8. */
async function fill(database: Database, messages: number, random: () => number): Promise<number> {
  let octets = 0
  for (let from = 0; from < messages; from += 1000)
    await transact(database, systemClock, async (tx) => {
      const cases = []
      const rows = []
      for (let n = from; n < Math.min(messages, from + 1000); n++) {
        const id = `m${n}`
        const caseId = `c${n - (n % perCase)}`
        const subject = [1, 2, 3, 4].map(() => pick(random)).join(' ')
        const text = Array.from({ length: wordsOfMessage }, () => pick(random)).join(' ')
        octets += Buffer.byteLength(text) + (n % perCase === 0 ? Buffer.byteLength(subject) : 0)
        const at = 1_700_000_000_000 + n * 1000
        const customer = Math.floor(n / perCase) % Math.ceil(messages / perCustomer)
        const person = `${word(customer * 7)}${customer}`
        if (n % perCase === 0)
          cases.push({
            ...{ id: caseId, number: n + 1, mailbox: 'support', channel: 'mail', subject, status: 'open' as const, previous_status: null },
            ...{ assignee: null, group_id: null, requester_address: `${person}@customer.example`, requester_name: person, locale: null },
            ...{
              custom: '{}',
              version: 1,
              seq: 1,
              origin: 'customer',
              message_count: perCase,
              created_at: at,
              updated_at: at,
              status_at: at,
            },
            ...{ last_customer_at: at, last_agent_at: null },
          })
        rows.push({
          ...{ id, case_id: caseId, seq: n % perCase, author: 'customer' as const, author_address: `${person}@customer.example` },
          ...{ author_name: person, agent: null, state: 'received', kind: 'normal', subject: '', text, html: null, quoted: '' },
          ...{ signature: '', header_id: null, in_reply_to: '[]', reference_ids: '[]', evidence: '[]', warnings: '[]', data: '{}' },
          ...{ recipients: '{"from":[],"to":[],"cc":[],"bcc":[],"replyTo":[]}', degraded: 0, raw_id: null, raw_hash: null },
          ...{ inbound_id: null, sent_at: null, created_at: at },
        })
      }
      for (let i = 0; i < cases.length; i += 200)
        await tx
          .insertInto('cases')
          .values(cases.slice(i, i + 200))
          .execute()
      for (let i = 0; i < rows.length; i += 200)
        await tx
          .insertInto('messages')
          .values(rows.slice(i, i + 200))
          .execute()
    })
  return octets
}

/** What the index takes, and everything else with it, in octets: the difference counts. */
async function sizeOf(database: Database): Promise<number> {
  if (database.kind === 'postgres') {
    const { rows } = await sql<{ n: string }>`select pg_total_relation_size('search_docs') as n`.execute(database.read)
    return Number(rows[0]?.n ?? 0)
  }
  database.maintain()
  const { rows } = await sql<{ n: number }>`select page_count * page_size as n from pragma_page_count(), pragma_page_size()`.execute(
    database.write,
  )
  const free = await sql<{ n: number }>`select freelist_count * page_size as n from pragma_freelist_count(), pragma_page_size()`.execute(
    database.write,
  )
  return Number(rows[0]?.n ?? 0) - Number(free.rows[0]?.n ?? 0)
}

/** Tables and indexes of the plugin, the largest first, each as a share of the text. */
async function partsOf(database: Database, text: number): Promise<string> {
  const { rows } = await (
    database.kind === 'sqlite'
      ? sql<{ name: string; n: number }>`select name, sum(pgsize) as n from dbstat where name like 'search%' group by name order by n desc`
      : sql<{ name: string; n: string }>`select c.relname as name, pg_relation_size(c.oid) as n from pg_class c
          where c.relname like 'search%' order by n desc`
  ).execute(database.read)
  const shares = rows.map(({ name, n }) => ({ name, share: (Number(n) / text) * 100 }))
  return shares.flatMap(({ name, share }) => (share < 0.1 ? [] : [`${name} ${share.toFixed(1)} %`])).join(', ')
}

/** Words by Zipf's law, half of them Russian: the n-th is met about 1/n as often as the first. */
const vocabulary = 30_000
const pick = (random: () => number): string => word(Math.floor(vocabulary ** random()))

function word(rank: number): string {
  const letters = rank % 2 === 0 ? 'оеаитнсрвлкмдпуя' : 'etaoinshrdlcumwf'
  let out = ''
  for (let left = rank * 7919 + 65_537; left > 0; left = Math.floor(left / 16)) out += letters[left % 16] ?? ''
  return out
}

/** The same numbers in every run. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
