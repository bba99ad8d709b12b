// Attachments that hold a mail's words and files where no agent can see them: winmail.dat, opaque S/MIME, invitations.
import { attachmentBytes, partRange, partText } from '../content.ts'
import type { Part } from '../mime.ts'
import { readInvitation } from './invitation.ts'
import { readCms } from './signed-data.ts'
import { readTnef } from './tnef.ts'

/** A file out of a container; its bytes stand nowhere in the raw mail as they are. */
export interface OpenedFile {
  readonly filename: string
  readonly contentType: string
  readonly bytes: Uint8Array
}

/** What was found. `entity`: a MIME part of its own, still to be read. `warnings`: codes for people. */
export interface Opened {
  readonly plain?: string
  readonly html?: string
  readonly files: readonly OpenedFile[]
  readonly entity?: Uint8Array
  readonly warnings: readonly string[]
}

/** Opens the part if it is a container that is known; undefined where it is none. Never throws. */
export function openContainer(raw: Uint8Array, part: Part, filename: string, hint: string | undefined): Opened | undefined {
  if (/^(?:text\/calendar|application\/ics)$/.test(part.type)) return openCalendar(raw, part, hint)
  if (part.type === 'application/ms-tnef' || /^winmail\.dat$/i.test(filename)) return openTnef(raw, part)
  if (/^application\/(?:x-)?pkcs7-mime$/.test(part.type) || /\.p7m$/i.test(filename)) return openCms(raw, part)
  const [number, total] = [part.params.get('number') ?? '', part.params.get('total') ?? '?']
  // Some reports call what they return so, without a number.
  if (part.type === 'message/partial' && number !== '')
    return { files: [], warnings: [`partial: ${number.slice(0, 9)} of ${total.slice(0, 9)}`] }
  return undefined
}

function openCalendar(raw: Uint8Array, part: Part, hint: string | undefined): Opened {
  const invitation = readInvitation(partText(raw, part, hint, 500_000))
  const warnings =
    invitation.method === 'CANCEL'
      ? ['invitation: cancelled']
      : invitation.answers.slice(0, 3).map((a) => `invitation: ${a.answer.slice(0, 40)} (${a.who.slice(0, 200).replace(/[()]/g, '')})`)
  return { ...(invitation.text === '' ? {} : { plain: invitation.text }), files: [], warnings }
}

function openTnef(raw: Uint8Array, part: Part): Opened {
  const tnef = readTnef(attachmentBytes(raw, partRange(raw, part)))
  if (!tnef) return { files: [], warnings: ['winmail.dat: sent by Outlook as TNEF, kept as it is'] }
  const html = tnef.html.trim() === '' ? {} : { html: tnef.html }
  return {
    ...(tnef.text.trim() === '' ? {} : { plain: tnef.text }),
    ...html,
    files: tnef.files.filter((f) => f.bytes.length > 0).map((f) => ({ ...f, contentType: f.contentType || 'application/octet-stream' })),
    warnings:
      tnef.text.trim() === '' && tnef.html.trim() === '' && tnef.files.length === 0
        ? ['winmail.dat: sent by Outlook as TNEF, kept as it is']
        : [],
  }
}

function openCms(raw: Uint8Array, part: Part): Opened {
  const cms = readCms(attachmentBytes(raw, partRange(raw, part)))
  if (cms.kind === 'signed') return { files: [], entity: cms.content, warnings: ['signed: S/MIME', 'unchecked: S/MIME'] }
  const encrypted = cms.kind === 'encrypted' || part.params.get('smime-type') !== 'signed-data'
  return { files: [], warnings: encrypted ? ['encrypted: S/MIME'] : [] }
}
