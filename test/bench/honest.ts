// What a plain script does with a mail, for the honest floor: parsed, and in one durable transaction its bytes, its case, its message, the keys by
// which answers find them, and two composed notifications that wait to be sent.
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import type { AddressObject, ParsedMail } from 'mailparser'
import { simpleParser } from 'mailparser'
import MailComposer from 'nodemailer/lib/mail-composer/index.js'
import { desks } from './shipped.ts'

/** Takes mails into a database in this folder; `take` resolves when one is on the disk. */
export function honestScript(folder: string): {
  readonly take: (raw: Buffer, rcpt: string) => Promise<void>
  readonly count: () => { readonly cases: number; readonly messages: number; readonly outbox: number }
  readonly close: () => void
} {
  const db = new DatabaseSync(path.join(folder, 'script.db'))
  db.exec('pragma journal_mode = WAL; pragma synchronous = FULL')
  db.exec(`
    create table raws (id integer primary key, bytes blob not null);
    create table cases (id integer primary key, mailbox text not null, subject text not null, requester text not null, messages integer not null);
    create table messages (id integer primary key, case_id integer not null, raw_id integer not null, author text not null, subject text not null, text text not null, html text);
    create table keys (message_id text primary key, case_id integer not null) without rowid;
    create table outbox (id integer primary key, case_id integer not null, rcpt text not null, bytes blob not null, state text not null);
    create index messages_by_case on messages (case_id);
    create index outbox_by_state on outbox (state);`)
  const keep = db.prepare('insert into raws (bytes) values (?)')
  const find = db.prepare('select case_id from keys where message_id = ?')
  const newCase = db.prepare('insert into cases (mailbox, subject, requester, messages) values (?, ?, ?, 0)')
  const more = db.prepare('update cases set messages = messages + 1 where id = ?')
  const add = db.prepare('insert into messages (case_id, raw_id, author, subject, text, html) values (?, ?, ?, ?, ?, ?)')
  const key = db.prepare('insert or ignore into keys (message_id, case_id) values (?, ?)')
  const send = db.prepare("insert into outbox (case_id, rcpt, bytes, state) values (?, ?, ?, 'queued')")
  const total = (table: string): number => Number(db.prepare(`select count(*) as n from ${table}`).get()?.n ?? 0)

  const take = async (raw: Buffer, rcpt: string): Promise<void> => {
    const mail = await simpleParser(raw)
    const desk = desks.find(({ address }) => address === rcpt)
    // Composed before the transaction, which nothing is awaited in.
    const letters = await Promise.all((desk?.agents ?? []).map(async (to) => ({ to, bytes: await notification(mail, rcpt, to) })))
    db.exec('begin immediate')
    try {
      const rawId = keep.run(raw).lastInsertRowid
      const known = answered(mail)
        .map((id) => find.get(id))
        .find((row) => row !== undefined)
      const caseId = known ? Number(known.case_id) : newCase.run(rcpt, mail.subject ?? '', addressOf(mail.from)).lastInsertRowid
      add.run(caseId, rawId, addressOf(mail.from), mail.subject ?? '', mail.text ?? '', mail.html || null)
      more.run(caseId)
      if (mail.messageId) key.run(mail.messageId, caseId)
      for (const { to, bytes } of letters) {
        send.run(caseId, to, bytes)
        key.run(`<${String(caseId)}.${to}>`, caseId)
      }
      db.exec('commit')
    } catch (error) {
      db.exec('rollback')
      throw error
    }
  }
  return {
    take,
    count: () => ({ cases: total('cases'), messages: total('messages'), outbox: total('outbox') }),
    close: () => db.close(),
  }
}

const answered = ({ inReplyTo, references }: ParsedMail): readonly string[] => [
  ...(inReplyTo ? [inReplyTo] : []),
  ...(typeof references === 'string' ? [references] : (references ?? [])),
]

const addressOf = (from: AddressObject | undefined): string => from?.value[0]?.address ?? ''

async function notification(mail: ParsedMail, rcpt: string, to: string): Promise<Buffer> {
  const composed = new MailComposer({
    from: { address: rcpt, name: 'Example Support' },
    to,
    replyTo: rcpt,
    subject: mail.subject ?? '',
    text: `${addressOf(mail.from)} wrote:\n\n${mail.text ?? ''}`,
    ...(mail.html && { html: `<p>${addressOf(mail.from)} wrote:</p>${mail.html}` }),
    headers: { 'Auto-Submitted': 'auto-generated' },
  }).compile()
  return promisify(composed.build.bind(composed))()
}
