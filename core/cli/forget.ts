// `postern forget ADDRESS`: everything of a person goes. Without --yes it only says what that would be.
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { canonicalRecipient } from '../mail/recipient.ts'
import { compactSqlite } from '../store/sqlite/backup.ts'
import { forgetPerson } from '../store/forget.ts'
import { bringBackAll, removeObjects } from '../store/move-blobs.ts'
import { addressPattern, findPerson } from '../store/person.ts'
import type { Footprint } from '../store/person.ts'
import { adminOrigin } from './session.ts'
import type { Session } from './session.ts'
import { UsageError, answer, exit, table } from './terminal.ts'

/** Exit code 75 where mails of others that name him still wait to be taken in or sent: run it again when they are done. */
export async function forget(session: Session, given: string, options: { readonly yes: boolean }): Promise<number> {
  const { config, database, clock, engine, terminal } = session
  const address = canonicalRecipient(given.trim())
  if (address === null || !address.includes('@')) throw new UsageError(`"${given}" is not an address`)
  const ours = engine.registry.agentByAddress(address)
  if (ours || engine.registry.isOurs(address))
    throw new UsageError(
      `${address} is ${ours ? `an address of the agent ${ours.id}` : 'an address of ours'}; take it out of the configuration first`,
    )
  const person = await findPerson(database, address)
  const files = filesWith(address, config.outgoing.transport)
  const found = {
    messages: person.messages.length,
    cases: person.requested.length,
    otherCases: person.cases.length - person.requested.length,
    acceptedMails: person.inbound.length,
    outgoingMails: person.outbox.length,
    storedMails: person.blobs.length,
    files: files.length,
    names: person.names,
    waiting: person.waiting,
    missing: person.missing,
  }
  const lines = [
    ['messages emptied', String(found.messages)],
    ['cases closed and made nameless', String(found.cases)],
    ['other cases left', String(found.otherCases)],
    ['accepted mails deleted', String(found.acceptedMails)],
    ['outgoing mails deleted', String(found.outgoingMails)],
    ['stored mails and files deleted', String(found.storedMails + found.files)],
    ['names taken out of these cases', person.names.join(', ') || 'none'],
  ]
  if (!options.yes) {
    answer(terminal, { address, dryRun: true, ...found }, () => [
      `What would be forgotten of ${address}:`,
      ...table(lines),
      '',
      ...remarks(session, person),
      'Nothing has been changed. Do it with --yes.',
    ])
    return exit.ok
  }
  // Made by chance: a hash of the address would still tell who it was.
  const standIn = `forgotten-${randomBytes(6).toString('hex')}@forgotten.invalid`
  await bringBackAll(database, clock, person.blobs)
  const texts = await session.transact(adminOrigin, async (tx) => {
    // One lock order for everybody: cases, ids ascending.
    for (const id of [...person.cases].sort()) await tx.cases.lock(id)
    for (const { hooks } of engine.registry.plugins) await hooks.forget?.(tx, person)
    return forgetPerson(tx.db, database.kind, engine.parts.ids, tx.now, person, standIn)
  })
  for (const file of files) rmSync(file, { force: true })
  if (database.storage) await removeObjects(database, database.storage)
  const compacted = config.database.kind !== 'sqlite' || (await compactSqlite(config.database.path, clock))
  answer(terminal, { address, dryRun: false, ...found, texts, standIn, compacted }, () => [
    `Forgotten: ${address}`,
    ...table([...lines, ['other texts changed', String(texts)]]),
    '',
    ...remarks(session, person),
  ])
  if (!compacted) terminal.complain('the log of the database is in use and could not be emptied; run "postern forget" again')
  return person.waiting > 0 || !compacted ? exit.temporary : exit.ok
}

/** What is out of reach here. */
function remarks({ config }: Session, { waiting, missing }: Pick<Footprint, 'waiting' | 'missing'>): readonly string[] {
  const { database } = config
  const copies =
    database.kind === 'sqlite'
      ? readdirSync(path.dirname(database.path)).filter(
          (name) => name.startsWith(`${path.basename(database.path)}.`) && /\.(before|replaced)-/.test(name),
        )
      : []
  return [
    ...(waiting > 0
      ? [
          `${waiting} mail${waiting > 1 ? 's' : ''} of others with this address in ${waiting > 1 ? 'them' : 'it'} still wait to be taken in or sent: run this again afterwards.`,
        ]
      : []),
    ...(missing > 0
      ? [
          `${missing} stored mail${missing > 1 ? 's are' : ' is'} missing from the blob storage and could not be looked into: "postern verify" names them.`,
        ]
      : []),
    ...(copies.length > 0 ? [`Older copies of the database lie beside it: ${copies.join(', ')}`] : []),
    ...(database.kind === 'postgres' ? ['PostgreSQL keeps old rows until VACUUM FULL, and its archives keep them longer.'] : []),
    'Backups, logs of the system and the mailboxes of agents are not reached from here.',
  ]
}

/** Mails that the directory transport wrote. */
function filesWith(address: string, transport: Session['config']['outgoing']['transport']): readonly string[] {
  if (transport.transport !== 'directory') return []
  try {
    const files = readdirSync(transport.path, { withFileTypes: true }).filter((e) => e.isFile())
    return files
      .map((e) => path.join(transport.path, e.name))
      .filter((file) => readFileSync(file, 'utf8').search(addressPattern(address)) >= 0)
  } catch {
    return [] // It has not sent anything yet.
  }
}
