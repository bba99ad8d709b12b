// Where a person's data stand, found without changing anything: the first half of `forget`.
import { domainToUnicode } from 'node:url'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { readHeaders } from '../mail/read.ts'
import { PosternError } from '../base/errors.ts'
import { BlobMissing, blobsOf, readBlob } from './blobs.ts'
import type { Database } from './database.ts'
import type { InboundState, SendState, Tables } from './tables.ts'

/** Everything that is his or speaks of him, by id. */
export interface Footprint {
  /** Lower case. */
  readonly address: string
  /** Full names under which he wrote or was written to; looked for in his cases only. */
  readonly names: readonly string[]
  readonly messages: readonly string[]
  /** Message-IDs of these, which others name in their references. */
  readonly headerIds: readonly string[]
  /** Cases that are his. */
  readonly requested: readonly string[]
  /** Those and all others in which he takes part. */
  readonly cases: readonly string[]
  /** Accepted mails that he sent. */
  readonly inbound: readonly string[]
  /** Outgoing mails to him, in his cases, or with his address in them. */
  readonly outbox: readonly string[]
  /** Stored bytes with his address in them, or that he sent. */
  readonly blobs: readonly string[]
  /** How many stored mails lie outside of the database and are missing there: nobody can look into them. */
  readonly missing: number
  /** Mails of others with his address in them that still have to be taken in or sent: they are left alone until then. */
  readonly waiting: number
}

/** Finds an address where it stands by itself: not as the end of a longer one (joanna@ for anna@), nor as its beginning (x.org.uk for x.org). */
export function addressPattern(address: string): RegExp {
  return new RegExp(
    `(?<![\\p{L}\\p{N}._+]|[\\p{L}\\p{N}]-)(?:${addressForms(address).map(escaped).join('|')})(?![\\p{L}\\p{N}-]|\\.[\\p{L}\\p{N}])`,
    'giu',
  )
}

/** As it stands in mail and text: with the domain in both alphabets, and inside of a link. */
export function addressForms(address: string): readonly string[] {
  const at = address.lastIndexOf('@')
  const spoken = `${address.slice(0, at)}@${domainToUnicode(address.slice(at + 1)) || address.slice(at + 1)}`
  return [...new Set([address, spoken, address.replace('@', '%40')])]
}

/** Text inside of a pattern with the flag u, which refuses needless escapes. */
export const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** Looks through everything, all stored bytes included: it takes as long as reading the database takes. `address` in lower case. */
export async function findPerson(database: Database, address: string): Promise<Footprint> {
  const db = database.read
  const is = (column: string) => sql<boolean>`lower(${sql.ref(column)}) = ${address}`
  const written = await db
    .selectFrom('messages')
    .select(['id', 'case_id', 'author_name', 'inbound_id', 'raw_id', 'header_id'])
    .where(is('author_address'))
    .execute()
  const requested = await db.selectFrom('cases').select(['id', 'requester_name']).where(is('requester_address')).execute()
  const copied = await db.selectFrom('case_people').select(['case_id', 'name']).where(is('address')).execute()
  const names = [...written.map((w) => w.author_name), ...requested.map((r) => r.requester_name), ...copied.map((c) => c.name)].map((n) =>
    n.trim(),
  )
  const cases = new Set([...requested.map((r) => r.id), ...written.map((w) => w.case_id), ...copied.map((c) => c.case_id)])
  const messages = written.map((w) => w.id)

  const { found: mentioned, missing } = await blobsWith(database, address)
  const inbound = new Map<string, { readonly rawId: string | null }>()
  for (const row of await db.selectFrom('inbound').select(['id', 'raw_id']).where(is('mail_from')).execute())
    inbound.set(row.id, { rawId: row.raw_id })
  for (const w of written) if (w.inbound_id !== null) inbound.set(w.inbound_id, { rawId: w.raw_id })
  const held = new Set<string>()
  let waiting = 0
  for (const row of await waitingInbound(db)) {
    if (row.raw_id === null || inbound.has(row.id) || !mentioned.has(row.raw_id)) continue
    if (mentioned.get(row.raw_id) === address) inbound.set(row.id, { rawId: row.raw_id })
    else {
      held.add(row.raw_id)
      waiting += 1
    }
  }
  const blobs = new Set([
    ...mentioned.keys(),
    ...written.flatMap((w) => w.raw_id ?? []),
    ...[...inbound.values()].flatMap((i) => i.rawId ?? []),
  ])
  const own = new Set(requested.map((r) => r.id))
  const outbox: string[] = []
  for (const mail of await outgoing(db, address, cases, blobs)) {
    const free = mail.mine || (mail.caseId !== null && own.has(mail.caseId)) || !mail.unfinished
    if (free) outbox.push(mail.id)
    else {
      waiting += 1
      for (const id of mail.blobs) held.add(id)
    }
  }
  return {
    address,
    names: [...new Set(names)].filter((n) => n.length >= 5 && /\s/.test(n)),
    messages,
    headerIds: written.flatMap((w) => w.header_id ?? []),
    requested: [...own],
    cases: [...cases],
    inbound: [...inbound.keys()],
    outbox,
    blobs: [...blobs].filter((id) => !held.has(id)),
    waiting,
    missing,
  }
}

function waitingInbound(db: Kysely<Tables>): Promise<readonly { readonly id: string; readonly raw_id: string | null }[]> {
  const states: readonly InboundState[] = ['queued', 'parked']
  return db.selectFrom('inbound').select(['id', 'raw_id']).where('state', 'in', states).execute()
}

/** Blobs in which the address stands, with the author in the header (lower case), where there is one. */
async function blobsWith(
  database: Database,
  address: string,
): Promise<{ readonly found: ReadonlyMap<string, string>; readonly missing: number }> {
  const pattern = addressPattern(address)
  const found = new Map<string, string>()
  const from = blobsOf(database, 'read')
  let missing = 0
  for (let after = ''; ;) {
    const rows = await from.db.selectFrom('blobs').select(['id', 'bytes', 'size']).where('id', '>', after).orderBy('id').limit(10).execute()
    const last = rows.at(-1)
    if (!last) return { found, missing }
    after = last.id
    for (const { id, bytes: here, size } of rows) {
      const bytes = here.byteLength === size ? here : await orMissing(() => readBlob(from, id))
      if (bytes === null) {
        missing += 1
        continue
      }
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
      if (text.search(pattern) >= 0) found.set(id, readHeaders(bytes).from?.address.toLowerCase() ?? '')
    }
  }
}

/** Where the storage does not answer nothing is known, and nothing is done; what it does not have need not be forgotten. */
async function orMissing(read: () => Promise<Uint8Array>): Promise<Uint8Array | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof BlobMissing || (error instanceof PosternError && error.code === 'gone')) return null
    throw error
  }
}

interface Outgoing {
  readonly id: string
  readonly caseId: string | null
  /** He is the only one it goes to. */
  readonly mine: boolean
  readonly unfinished: boolean
  readonly blobs: readonly string[]
}

/** Outgoing mails that concern him; those of a case in which he takes part carry its words. */
async function outgoing(
  db: Kysely<Tables>,
  address: string,
  cases: ReadonlySet<string>,
  blobs: ReadonlySet<string>,
): Promise<readonly Outgoing[]> {
  const pattern = addressPattern(address)
  const open: readonly SendState[] = ['queued', 'sending']
  const found: Outgoing[] = []
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('outbox')
      .select(['id', 'case_id', 'segments', 'subject'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(100)
      .execute()
    const last = rows.at(-1)
    if (!last) return found
    after = last.id
    for (const row of rows) {
      const recipients = await db.selectFrom('outbox_recipients').select(['address', 'state']).where('outbox_id', '=', row.id).execute()
      const refers = [...row.segments.matchAll(/"blob":"([0-9a-f-]{36})"/g)].map((m) => m[1] ?? '')
      const his = recipients.filter((r) => r.address.toLowerCase() === address)
      const concerns =
        his.length > 0 ||
        (row.case_id !== null && cases.has(row.case_id)) ||
        refers.some((id) => blobs.has(id)) ||
        row.segments.search(pattern) >= 0
      if (concerns)
        found.push({
          id: row.id,
          caseId: row.case_id,
          mine: his.length > 0 && his.length === recipients.length,
          unfinished: recipients.some((r) => open.includes(r.state)),
          blobs: refers,
        })
    }
  }
}
