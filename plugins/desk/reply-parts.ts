// To whom an answer goes, and the files that go with it, as its order and its case say.
import { PosternError, checkedAddress, requireAddress, languageOf } from '../../core/plugin.ts'
import type { Address, Case, Tx } from '../../core/plugin.ts'
import type { ReplyArgs } from './reply-args.ts'
import { say } from './texts.ts'

/** Envelope and header recipients; throws `invalid` where the requester cannot be written to. */
export async function recipients(
  tx: Tx,
  c: Case,
  args: Pick<ReplyArgs, 'to'>,
): Promise<{ to: readonly Address[]; cc: readonly Address[]; bcc: readonly Address[] }> {
  if (Array.isArray(args.to)) {
    const to = args.to.map((a) => ({ address: requireAddress(a), name: '' }))
    return { to, cc: [], bcc: [] }
  }
  if (!checkedAddress(c.requester.address))
    throw new PosternError('invalid', say(languageOf(tx, c), 'refused.unwritable', { about: c.requester.address }))
  if (args.to === 'requester' || c.channel !== 'mail') return { to: [c.requester], cc: [], bcc: [] }
  const sendable = (list: readonly Address[]): readonly Address[] => list.filter((p) => checkedAddress(p.address) !== null)
  return { to: [c.requester], cc: sendable(await tx.cases.cc(c.id)), bcc: sendable(await tx.cases.bcc(c.id)) }
}

/** Files of this case or of the order; throws `not_found` for one of another case. */
export async function resolveAttachments(tx: Tx, c: Case, args: Pick<ReplyArgs, 'attachments'>) {
  const out = []
  for (const a of args.attachments ?? []) {
    if ('blob' in a) {
      out.push({
        filename: a.filename,
        contentType: a.contentType,
        sizeBytes: a.sizeBytes,
        contentId: a.contentId ?? null,
        inline: a.inline ?? false,
        blob: a.blob,
      })
      continue
    }
    const found = await tx.messages.attachment(a.attachment)
    const owner = found && (await tx.messages.get(found.messageId))
    if (!found || owner?.caseId !== c.id) throw new PosternError('not_found', `attachment ${a.attachment} in case #${c.number}`)
    out.push(found)
  }
  return out
}
