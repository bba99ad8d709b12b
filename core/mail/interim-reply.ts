// Stands in for the reply engine until it is wired: everything is the author's.
import { convert } from 'html-to-text'

export interface Reply { readonly text: string; readonly html: string | null; readonly quoted: string; readonly signature: string; readonly forwarded: boolean; readonly flags: readonly string[] }
export const extractReply = (input: { readonly text?: string; readonly html?: string; readonly subject?: string; readonly markers?: readonly string[] }): Reply => ({ text: input.text ?? '', html: input.html ?? null, quoted: '', signature: '', forwarded: false, flags: [] })
export const htmlToText = (html: string): string => convert(html, { wordwrap: false })
