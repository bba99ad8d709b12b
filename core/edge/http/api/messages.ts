// Messages: words, sanitised HTML, what was cut, the bytes as they came, and files with headers that no browser can misread.
import Type from 'typebox'
import { Readable } from 'node:stream'
import { PosternError } from '../../../base/errors.ts'
import { attachmentBytes } from '../../../mail/content.ts'
import { sanitizeHtml } from '../../../mail/sanitize.ts'
import { toAttachment } from '../../../engine/model.ts'
import { readBlob } from '../../../store/blobs.ts'
import { attachmentById, attachmentsOf, messagesOf } from '../../../store/messages.ts'
import { notesOf } from '../../../store/notes.ts'
import type { ApiRoute } from '../route.ts'
import { caseFor, messageFor } from './scope.ts'
import { messageViews, noteView, ref } from './views.ts'

/** Untrusted HTML: nothing runs, nothing is loaded from anywhere but pictures that the caller asked for. */
const htmlPolicy = (images: string): string => `default-src 'none'; style-src 'unsafe-inline'; img-src ${images === 'all' ? 'https: http: data:' : 'data:'}; sandbox; frame-ancestors 'none'`

export const messageRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/cases/:ref/messages',
    access: 'read',
    tag: 'Messages',
    summary: 'Lists the messages of a case',
    query: Type.Object({ state: Type.Optional(Type.String({ maxLength: 20, description: 'received, sending, sent, held, deferred, cancelled or failed' })) }),
    response: Type.Object({ messages: Type.Array(ref('Message')) }),
    async read(call) {
      const c = await caseFor(call.db, call.principal, call.params.ref ?? '')
      const rows = (await messagesOf(call.db, c.id)).filter((m) => call.query.state === undefined || m.state === call.query.state)
      return { body: { messages: await messageViews(call.db, rows) } }
    },
  },
  {
    method: 'GET',
    url: '/v1/cases/:ref/notes',
    access: 'read',
    tag: 'Notes',
    summary: 'Lists the notes of a case',
    response: Type.Object({ notes: Type.Array(ref('Note')) }),
    async read(call) {
      const c = await caseFor(call.db, call.principal, call.params.ref ?? '')
      return { body: { notes: (await notesOf(call.db, c.id)).map(noteView) } }
    },
  },
  {
    method: 'GET',
    url: '/v1/messages/:message',
    access: 'read',
    tag: 'Messages',
    summary: 'Reads a message',
    response: ref('Message'),
    async read(call) {
      const [view] = await messageViews(call.db, [await messageFor(call.db, call.principal, call.params.message ?? '')])
      return { body: view }
    },
  },
  {
    method: 'GET',
    url: '/v1/messages/:message/html',
    access: 'read',
    tag: 'Messages',
    summary: "Reads the author's new words as sanitised HTML",
    description: 'A fragment for a sandboxed frame. Without HTML of its own, the text. Pictures that the mail brought along point at /v1/attachments/{id} where `images` admits them.',
    query: Type.Object({ images: Type.Union([Type.Literal('blocked'), Type.Literal('cid'), Type.Literal('all')], { default: 'blocked', description: 'all: those on web servers too, which tells the sender that it is read' }) }),
    response: Type.String(),
    responseType: 'text/html; charset=utf-8',
    async read(call) {
      const row = await messageFor(call.db, call.principal, call.params.message ?? '')
      const images = call.query.images === 'all' ? 'all' : call.query.images === 'cid' ? 'cid' : 'blocked'
      const files = images === 'blocked' ? [] : (await attachmentsOf(call.db, row.id)).map(toAttachment)
      const byCid = new Map(files.flatMap((f) => (f.contentId === null ? [] : [[f.contentId, f.id] as const])))
      const safe = row.html === null ? `<div style="white-space:pre-wrap">${escaped(row.text)}</div>` : sanitizeHtml(row.html, { images, cidUrl: (cid) => (byCid.has(cid) ? `/v1/attachments/${byCid.get(cid) ?? ''}` : null) }).html
      return { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': htmlPolicy(images) }, body: safe }
    },
  },
  {
    method: 'GET',
    url: '/v1/messages/:message/raw',
    access: 'read',
    tag: 'Messages',
    summary: 'Reads the mail as it came',
    response: Type.String(),
    responseType: 'message/rfc822',
    async read(call) {
      const row = await messageFor(call.db, call.principal, call.params.message ?? '')
      if (row.raw_id === null) throw new PosternError(row.inbound_id === null ? 'not_found' : 'gone', 'there is no raw mail of this message')
      return { headers: fileHeaders('message/rfc822', `${row.id}.eml`), body: inPieces(await readBlob(call.db, row.raw_id)) }
    },
  },
  {
    method: 'GET',
    url: '/v1/attachments/:attachment',
    access: 'read',
    tag: 'Files',
    summary: 'Reads the bytes of a file',
    response: Type.String(),
    responseType: 'application/octet-stream',
    async read(call) {
      const row = await attachmentById(call.db, call.params.attachment ?? '')
      if (!row) throw new PosternError('not_found', 'attachment')
      await messageFor(call.db, call.principal, row.message_id).catch((error: unknown) => {
        // The id of the message is not for those who may not see it.
        throw error instanceof PosternError && error.code === 'not_found' ? new PosternError('not_found', 'attachment') : error
      })
      const file = toAttachment(row)
      if (!file.blob) throw new PosternError('gone', 'the bytes are no longer kept')
      const bytes = attachmentBytes(await readBlob(call.db, file.blob.id), file.blob)
      return { headers: { ...fileHeaders(safeType(file.contentType), file.filename), 'content-length': String(bytes.byteLength) }, body: inPieces(bytes) }
    },
  },
]

const escaped = (text: string): string => text.replace(/[&<>"']/g, (ch) => `&#${ch.charCodeAt(0)};`)

/** Types that no browser runs keep their name; everything else is a download of bytes. */
const harmless = /^(?:image\/(?:png|jpeg|gif|webp)|audio\/(?:mpeg|ogg|wav)|video\/(?:mp4|webm)|application\/pdf|text\/plain)$/

export function safeType(type: string): string {
  const bare = (type.split(';', 1)[0] ?? '').trim().toLowerCase()
  return harmless.test(bare) ? bare : 'application/octet-stream'
}

/** Always a download; the name in ASCII for old readers and as it is (RFC 6266 §4.3, RFC 8187). */
export function fileHeaders(type: string, filename: string): Record<string, string> {
  const name = (filename.replace(/[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069/\\]/g, '_').toWellFormed().slice(0, 200) || 'file')
  const ascii = name.replace(/[^\x20-\x7e]|["%;]/g, '_')
  const extended = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return { 'content-type': type, 'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`, 'content-security-policy': "default-src 'none'; sandbox" }
}

/** So that a slow reader does not make the socket buffer all of it. */
export function inPieces(bytes: Uint8Array): Readable {
  return Readable.from(
    (function* () {
      for (let i = 0; i < bytes.byteLength; i += 65_536) yield Buffer.from(bytes.buffer, bytes.byteOffset + i, Math.min(65_536, bytes.byteLength - i))
    })(),
    { objectMode: false },
  )
}
