// Fills a database with a past: cases that were received, notified and answered over a month, written as fast as the disk allows.
import path from 'node:path'
import { writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import type { Insertable } from 'kysely'
import { parse, stringify } from 'yaml'
import { idsFrom } from '../../core/base/ids.ts'
import type { Clock } from '../../core/base/clock.ts'
import { systemClock } from '../../core/base/clock.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { loadConfigWithPlugins, shippedPlugins } from '../../core/app/load-plugins.ts'
import type { Tables } from '../../core/store/tables.ts'
import { shippedConfig } from './shipped.ts'
import { serveOrders } from './rpc.ts'
import { openStore } from '../../core/app/open-store.ts'

export interface FillOrder {
  readonly folder: string
  /** So many messages, each in a case of its own. */
  readonly messages: number
}

const monthMs = 30 * 86_400_000
const perTransaction = 2000

async function fill({ folder, messages }: FillOrder): Promise<void> {
  const file = path.join(folder, 'postern.yaml')
  writeFileSync(file, stringify(shippedConfig({ folder, intake: 'held', outbox: 'held' }, parse, shippedPlugins())))
  const loaded = await loadConfigWithPlugins(file, {})
  if (!loaded.ok) throw new Error(`the shipped config is not valid: ${JSON.stringify(loaded.problems)}`)
  const store = await openStore(loaded.config, loaded.plugins, systemClock, true, silentLog)
  await store.stop()

  const db = new DatabaseSync(path.join(folder, 'postern.db'))
  db.exec('pragma synchronous = OFF')
  db.exec('pragma cache_size = -200000')
  const insert = inserter(db)
  const end = Date.now() - 3_600_000
  let at = end - monthMs
  // Ids carry the time of their row, as they would in life: the indexes on them grow at their end.
  const past: Clock = { ...systemClock, now: () => Math.floor(at) }
  const ids = idsFrom(past)
  db.exec('begin')
  for (let n = 1; n <= messages; n++) {
    at += monthMs / messages
    one(insert, () => ids.next(), n, Math.floor(at))
    if (n % perTransaction === 0) db.exec('commit; begin')
  }
  insert('counters', { name: 'case', value: messages })
  insert('counters', { name: 'event', value: messages * 3 })
  db.exec('commit')
  db.exec('pragma wal_checkpoint(TRUNCATE)')
  db.exec('analyze')
  db.close()
}

type Insert = <T extends keyof Tables>(table: T, row: Insertable<Tables[T]>) => void

/** One prepared statement per table. */
function inserter(db: DatabaseSync): Insert {
  const statements = new Map<string, StatementSync>()
  return (table, row) => {
    let statement = statements.get(table)
    if (!statement) {
      const columns = Object.keys(row)
      statements.set(
        table,
        (statement = db.prepare(`insert into ${table} (${columns.join(', ')}) values (${columns.map((c) => `@${c}`).join(', ')})`)),
      )
    }
    statement.run(row)
  }
}

function one(insert: Insert, id: () => string, n: number, at: number): void {
  const customer = `past.${n % 50_000}@customers.test`
  const [rawId, inboundId, caseId, messageId] = [id(), id(), id(), id()]
  const subject = `Question ${n} about an order`
  const text = `Hello, this is question ${n}. ${'We wait for the lamp since last week and would like to know where it is. '.repeat(6)}`
  const raw = Buffer.from(
    `From: <${customer}>\r\nTo: <support@example.com>\r\nSubject: ${subject}\r\nMessage-ID: <past.${n}@customers.test>\r\n\r\n${text}\r\n`,
  )
  const hash = createHash('sha256').update(raw).digest('hex')
  insert('blobs', { id: rawId, bytes: raw, size: raw.length, sha256: hash, created_at: at })
  insert('inbound', {
    id: inboundId,
    raw_id: rawId,
    hash,
    mail_from: customer,
    rcpt: 'support@example.com',
    mailbox: 'support',
    peer: '127.0.0.1',
    helo: 'mta.example.com',
    protocol: 'smtp',
    smtputf8: 0,
    size: raw.length,
    received_at: at,
    state: 'done',
    outcome: 'case',
    case_id: caseId,
    message_id: messageId,
    error: null,
    updated_at: at,
  })
  insert('cases', {
    id: caseId,
    number: n,
    mailbox: 'support',
    channel: 'mail',
    subject,
    status: n % 10 === 0 ? 'open' : n % 3 === 0 ? 'waiting' : 'closed',
    previous_status: 'open',
    assignee: n % 2 === 0 ? 'anna' : null,
    group_id: null,
    requester_address: customer,
    requester_name: `Customer ${n % 50_000}`,
    locale: null,
    custom: '{}',
    version: 3,
    seq: 3,
    origin: 'customer',
    message_count: 1,
    created_at: at,
    updated_at: at,
    status_at: at,
    last_customer_at: at,
    last_agent_at: null,
  })
  insert('messages', {
    id: messageId,
    case_id: caseId,
    seq: 1,
    author: 'customer',
    author_address: customer,
    author_name: '',
    agent: null,
    state: 'received',
    kind: 'normal',
    subject,
    text,
    html: null,
    quoted: '',
    signature: '',
    header_id: `past.${n}@customers.test`,
    in_reply_to: '[]',
    reference_ids: '[]',
    recipients: '{"from":[],"to":[],"cc":[],"bcc":[],"replyTo":[]}',
    evidence: '[]',
    warnings: '[]',
    data: '{"mailbox":"support"}',
    degraded: 0,
    raw_id: rawId,
    raw_hash: hash,
    inbound_id: inboundId,
    sent_at: at,
    created_at: at,
  })
  const key = { case_id: caseId, mailbox: 'support', message_id: messageId, created_at: at }
  insert('thread_keys', {
    kind: 'foreign',
    key: `past.${n}@customers.test`,
    purpose: null,
    recipient: null,
    outbox_id: null,
    expires_at: null,
    ...key,
  })
  for (const agent of ['anna', 'boris']) {
    const outboxId = id()
    const ref = createHash('sha256').update(`${n}${agent}`).digest('hex').slice(0, 12)
    insert('thread_keys', { kind: 'own', key: ref, purpose: 'agent', recipient: agent, outbox_id: outboxId, expires_at: null, ...key })
    insert('thread_keys', {
      kind: 'token',
      key: ref,
      purpose: 'agent',
      recipient: agent,
      outbox_id: outboxId,
      expires_at: at + 90 * 86_400_000,
      ...key,
    })
    insert('outbox', {
      id: outboxId,
      case_id: caseId,
      message_id: messageId,
      kind: 'notification',
      transport: 'default',
      envelope_from: '',
      envid: ref,
      header_id: `${ref}@gw.example.com`,
      subject,
      segments: JSON.stringify([{ text }]),
      size: raw.length,
      smtputf8: 0,
      automatic: 1,
      created_at: at,
    })
    insert('outbox_recipients', {
      id: id(),
      outbox_id: outboxId,
      transport: 'default',
      address: `${agent}@example.org`,
      state: 'sent',
      attempts: 1,
      next_at: Number.MAX_SAFE_INTEGER,
      lease_until: 0,
      token: 1,
      resends: 0,
      delay_noticed: 0,
      first_attempt_at: at,
      reply: '250 2.0.0 Ok',
      status: '2.0.0',
      updated_at: at,
      created_at: at,
    })
  }
  for (const [i, type] of ['case.created', 'message.received', 'mail.sent'].entries()) {
    insert('events', {
      id: id(),
      position: (n - 1) * 3 + i + 1,
      case_id: caseId,
      case_seq: i + 1,
      mailbox: 'support',
      type,
      data: JSON.stringify({ message: messageId }),
      origin: '{"kind":"customer","id":null,"via":"mail"}',
      depth: 0,
      created_at: at,
    })
  }
}

serveOrders({ fill }, () => undefined)
