// The signature below an answer: a template of the agent or of the mailbox, filled in when the answer leaves, so that it stands in the bytes that
// are sent and nowhere else. It is no part of the message's words: nobody who reads or quotes them in the case meets it.
import { escapeHtml, htmlForMail, htmlToText, signatureHtml } from '../../core/plugin.ts'
import type { Case, Config, Letter, LetterAttachment, Message, RegistryView, SettingsProblem, Tx } from '../../core/plugin.ts'
import { spec } from './held.ts'

/** A signature as a mail holds it. */
export interface Signature {
  readonly text: string
  /** Safe, in our own marker. */
  readonly html: string
  readonly files: readonly LetterAttachment[]
}

/** The signature of an answer that a person wrote, in the language of its case; null for every other mail and where there is none. */
export async function signatureFor(tx: Tx, c: Case, message: Message): Promise<Signature | null> {
  const { agent, author, kind } = message
  if (author !== 'agent' || kind !== 'normal' || agent === null || spec(message).signature === false) return null
  const name = tx.config.agents.get(agent)?.signature ?? tx.config.mailboxes.get(c.mailbox)?.signature
  if (name === undefined) return null
  const { data } = await tx.act('template.render', c.id, { name, agent })
  const html = typeof data?.html === 'string' ? tx.safeHtml(data.html, { longest: Infinity }) : null
  // Trailing blanks would make a line of the text look unfinished; a delimiter that the template brings itself is not repeated.
  const text = (typeof data?.text === 'string' ? data.text : htmlToText(html?.html ?? '')).trim().replace(/^-- ?\n/, '')
  if (text === '' && html === null) return null
  const words = html ? htmlForMail(html.html) : `<div style="white-space:pre-wrap">${escapeHtml(text).replace(/\r?\n/g, '<br>')}</div>`
  const files = Array.isArray(data?.attachments) ? (data.attachments as readonly LetterAttachment[]) : [] // made by the action for this
  return { text, html: signatureHtml(words), files }
}

/** The mail with the signature below its words (RFC 3676 §4.3). */
export function withSignature(letter: Letter, signature: Signature | null): Letter {
  if (!signature) return letter
  return {
    ...letter,
    text: `${letter.text.trimEnd()}\n\n-- \n${signature.text}`,
    ...(letter.html !== undefined && { html: `${letter.html}<br>${signature.html}` }),
    attachments: [...(letter.attachments ?? []), ...signature.files],
  }
}

/** Signatures that nobody can fill in. */
export function signaturesWithout(config: Config, registry: RegistryView): readonly SettingsProblem[] {
  if (registry.action('template.render')) return []
  const message = 'a signature is a template, and templates need the plugin `rules`'
  const of = (table: 'mailboxes' | 'agents'): readonly SettingsProblem[] =>
    [...config[table]].flatMap(([id, { signature }]) =>
      signature === undefined ? [] : [{ path: [table, id, 'signature'], from: 'config', message } as const],
    )
  return [...of('mailboxes'), ...of('agents')]
}
