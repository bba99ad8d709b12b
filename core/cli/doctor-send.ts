// `postern doctor --send ADDRESS`: a mail that leaves as every answer does, with a signed Reply-To, and the wait for the answer to it.
import { t } from '../base/locale.ts'
import { sleep } from '../base/clock.ts'
import { PosternError } from '../base/errors.ts'
import { domainOf } from '../mail/address.ts'
import { messagesOf } from '../store/messages.ts'
import { listOutbox } from '../store/outbox.ts'
import { sqliteInUse } from '../store/sqlite/sqlite.ts'
import { adminOrigin } from './session.ts'
import type { Session } from './session.ts'
import { plainLine } from '../base/escape.ts'
import { UsageError, answer, exit } from './terminal.ts'

/** To whom, from which mailbox (id; default: the first) and how long to wait for the answer, ms. */
export interface TrialOptions {
  readonly to: string
  readonly mailbox?: string
  readonly waitMs: number
}

/** How often the database is looked at, ms. */
const every = 500

/** Exit code 0 once the answer has been taken in, and its case is closed then; 1 where the mail was refused, 75 where no answer came in time. */
export async function sendTrial(session: Session, { to, mailbox: wanted, waitMs }: TrialOptions): Promise<number> {
  const { config, database, engine, clock, terminal } = session
  const [first] = config.mailboxes.values()
  const mailbox = wanted === undefined ? first : config.mailboxes.get(wanted)
  if (!mailbox) throw new UsageError(wanted === undefined ? 'there is no mailbox to write from' : `there is no mailbox ${wanted}`)
  if (!engine.registry.actions.has('case.start'))
    throw new PosternError('conflict', 'the plugin `desk` is not loaded: nothing can be written')
  if (engine.registry.mailboxes.resolve(to) !== null)
    throw new UsageError(`${to} is a mailbox of this gateway: give the address of a person who can answer`)
  if (config.database.kind === 'sqlite' && !sqliteInUse(config.database.path))
    throw new PosternError('store_unavailable', 'the gateway does not run, so nothing would be sent: postern start')
  const words = { mailbox: mailbox.address }
  const started = await session.transact(adminOrigin, (tx) =>
    tx.act('case.start', null, {
      ...{ mailbox: mailbox.id, to, subject: t(mailbox.locale, 'trial.subject', words), text: t(mailbox.locale, 'trial.text', words) },
      status: 'waiting',
    }),
  )
  const caseId = String(started.data?.case)
  const label = `#${String(started.data?.number)}`
  const say = (line: string): void => {
    if (!terminal.json) terminal.print(plainLine(line))
  }
  say(`A mail from ${mailbox.address} to ${to} is on its way, as case ${label}. Answer it; this waits for the answer.`)
  const begun = clock.now()
  let told = ''
  for (;;) {
    // Newest first: behind it only notices to agents.
    const sending = (await listOutbox(database.read, { caseId, limit: 100 })).at(-1)
    const state = sending === undefined ? 'queued' : sending.state
    const reply = sending?.reply ?? ''
    if (state !== told && state !== 'queued' && state !== 'sending') say(`${state}: ${reply}`)
    told = state
    const came = (await messagesOf(database.read, caseId)).find((m) => m.inbound_id !== null)
    const ms = clock.now() - begun
    const result = { case: caseId, number: started.data?.number, to, mailbox: mailbox.id, state, reply, ms }
    if (came) {
      await session.transact(adminOrigin, (tx) => tx.act('case.status', caseId, { status: 'closed' }))
      const unexpected = came.author_address.toLowerCase() === to.toLowerCase() ? '' : ` (the mail went to ${to})`
      answer(terminal, { ok: true, ...result, from: came.author_address }, () => [
        plainLine(
          `The answer of ${came.author_address}${unexpected} has been taken in after ${Math.round(ms / 1000)} s: the way out and back works. Case ${label} is closed.`,
        ),
      ])
      return exit.ok
    }
    if (state === 'failed') {
      answer(terminal, { ok: false, ...result }, () => [plainLine(`The mail was refused; see: postern outbox show ${sending?.id ?? ''}`)])
      return exit.failed
    }
    if (ms >= waitMs) {
      answer(terminal, { ok: false, ...result }, () => [
        plainLine(
          state === 'sent'
            ? `No answer within ${Math.round(waitMs / 1000)} s. Should it come later, postern cases show ${label} has it; if it does not, look for it in the queue of the Postfix in front and at the MX of ${domainOf(mailbox.address)}.`
            : `The mail has not left within ${Math.round(waitMs / 1000)} s (${state}${reply && `: ${reply}`}); see: postern outbox list`,
        ),
      ])
      return exit.temporary
    }
    await sleep(clock, every)
  }
}
