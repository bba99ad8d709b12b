// Messages: words, sanitised HTML, what was cut, the bytes as they came, and files with headers that no browser can misread.
import Type from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { escapeHtml } from '../../../base/escape.ts'
import { nextSchema } from '../../../base/page.ts'
import { caseFor } from '../../../contract/access.ts'
import { decodedPieces } from '../../../mail/pieces.ts'
import { toAttachment } from '../../../engine/transaction/from-rows.ts'
import { readBlobRange } from '../../../store/blobs.ts'
import { attachmentById, attachmentsOf } from '../../../store/messages.ts'
import { messagePage, notePage } from '../../../store/timeline.ts'
import type { ApiRoute } from '../route.ts'
import { answerFile, blobsFor, fileHeaders, safeType, storedBytes } from './files.ts'
import { cut, placeAsked, placePaging } from './paging.ts'
import { messageFor, noteFor } from './scope.ts'
import { messageViews, noteView, ref } from './views.ts'

/** Untrusted HTML: nothing runs, nothing is loaded from anywhere but pictures that the caller asked for. */
const htmlPolicy = (images: string): string =>
  `default-src 'none'; style-src 'unsafe-inline'; img-src ${images === 'all' ? 'https: http: data:' : 'data:'}; sandbox; frame-ancestors 'none'`

/** Routes that read messages and notes, the raw bytes of mails, and files. */
export const messageRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/cases/:ref/messages',
    list: { key: 'messages' },
    access: 'read',
    tag: 'Messages',
    summary: 'Lists the messages of a case',
    query: Type.Object({
      state: Type.Optional(Type.String({ maxLength: 20, description: 'received, sending, sent, held, deferred, cancelled or failed' })),
      ...placePaging,
    }),
    response: Type.Object({ messages: Type.Array(ref('Message')), next: nextSchema }),
    async read(call) {
      const c = await caseFor(call.db, call.principal, call.params.ref ?? '')
      const { rows, next } = cut(
        call,
        await messagePage(call.db, c.id, placeAsked(call), typeof call.query.state === 'string' ? call.query.state : undefined),
      )
      return { body: { messages: await messageViews(call.db, rows), next } }
    },
  },
  {
    method: 'GET',
    url: '/v1/cases/:ref/notes',
    list: { key: 'notes' },
    access: 'read',
    tag: 'Notes',
    summary: 'Lists the notes of a case',
    query: Type.Object(placePaging),
    response: Type.Object({ notes: Type.Array(ref('Note')), next: nextSchema }),
    async read(call) {
      const c = await caseFor(call.db, call.principal, call.params.ref ?? '')
      const { rows, next } = cut(call, await notePage(call.db, c.id, placeAsked(call)))
      return { body: { notes: rows.map(noteView), next } }
    },
  },
  {
    method: 'GET',
    url: '/v1/notes/:note',
    access: 'read',
    tag: 'Notes',
    summary: 'Reads a note',
    response: ref('Note'),
    async read(call) {
      return { body: noteView(await noteFor(call.db, call.principal, call.params.note ?? '')) }
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
    description:
      'A fragment for a sandboxed frame. Without HTML of its own, the text. Pictures that the mail brought along point at /v1/attachments/{id} where `images` admits them.',
    query: Type.Object({
      images: Type.Union([Type.Literal('blocked'), Type.Literal('cid'), Type.Literal('all')], {
        default: 'blocked',
        description: 'all: those on web servers too, which tells the sender that it is read',
      }),
    }),
    response: Type.String(),
    responseType: 'text/html; charset=utf-8',
    async read(call) {
      const row = await messageFor(call.db, call.principal, call.params.message ?? '')
      const images = call.query.images === 'all' ? 'all' : call.query.images === 'cid' ? 'cid' : 'blocked'
      const files = images === 'blocked' ? [] : (await attachmentsOf(call.db, row.id)).map(toAttachment)
      const byCid = new Map(files.flatMap((f) => (f.contentId === null ? [] : [[f.contentId, `/v1/attachments/${f.id}`] as const])))
      const made = row.html === null ? null : await call.services.pool.html({ html: row.html, images, cids: byCid })
      // What costs a worker too much is shown as its words.
      const safe = made?.ok ? made.made.html : `<div style="white-space:pre-wrap">${escapeHtml(row.text)}</div>`
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
    answerHeaders: ['content-disposition'],
    gone: true,
    async read(call) {
      const row = await messageFor(call.db, call.principal, call.params.message ?? '')
      if (row.raw_id === null)
        throw new PosternError(row.inbound_id === null ? 'not_found' : 'gone', 'there is no raw mail of this message')
      return { headers: fileHeaders('message/rfc822', `${row.id}.eml`), body: await storedBytes(blobsFor(call), row.raw_id) }
    },
  },
  {
    method: 'GET',
    url: '/v1/attachments/:attachment',
    access: 'read',
    tag: 'Files',
    summary: 'Reads the bytes of a file',
    description:
      'Always a download, of a type that no browser runs. The bytes of an id never change: If-None-Match is answered with 304, a Range of bytes with 206, or 416 where there is no such part.',
    response: Type.String(),
    responseType: 'application/octet-stream',
    answerHeaders: ['content-disposition', 'etag', 'accept-ranges'],
    gone: true,
    async read(call) {
      const row = await attachmentById(call.db, call.params.attachment ?? '')
      if (!row) throw new PosternError('not_found', 'attachment')
      await messageFor(call.db, call.principal, row.message_id).catch((error: unknown) => {
        // The id of the message is not for those who may not see it.
        throw error instanceof PosternError && error.code === 'not_found' ? new PosternError('not_found', 'attachment') : error
      })
      const file = toAttachment(row)
      const { blob } = file
      if (!blob) throw new PosternError('gone', 'the bytes are no longer kept')
      return answerFile(call.headers, {
        etag: `"${file.id}"`,
        headers: fileHeaders(safeType(file.contentType), file.filename),
        size: file.sizeBytes,
        pieces: (start, end) => decodedPieces((from, to) => readBlobRange(blobsFor(call), blob.id, from, to), blob, start, end),
      })
    },
  },
]
