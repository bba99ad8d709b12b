// Files on their way into a message: uploaded as bytes beforehand, or Base64 inside the call. Raw references to stored bytes are never taken from outside.
import Type from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { isRecord } from '../../../base/schema-walk.ts'
import type { Tx } from '../../../contract/tx.ts'
import { insertUpload, useUpload } from '../../../store/api-calls.ts'
import type { ApiRoute, ApiCall } from '../route.ts'

const filename = Type.String({ minLength: 1, maxLength: 255 })
const contentType = Type.String({
  pattern: '^[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}$',
  default: 'application/octet-stream',
})

/** How a file is named in a call: an upload, its bytes, or a file of the case. */
export const fileSchema = Type.Union(
  [
    Type.Object({
      upload: Type.String({ description: 'Id of an upload' }),
      inline: Type.Optional(Type.Boolean()),
      content_id: Type.Optional(Type.String({ maxLength: 200 })),
    }),
    Type.Object({
      filename,
      content_type: contentType,
      content: Type.String({ description: 'Base64' }),
      inline: Type.Optional(Type.Boolean()),
      content_id: Type.Optional(Type.String({ maxLength: 200 })),
    }),
    Type.Object({ attachment: Type.String({ description: 'Id of an attachment of this case' }) }),
  ],
  { description: 'A file' },
)

/** Routes that take a file, to be named in a later call by the same token. */
export const uploadRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    url: '/v1/uploads',
    access: 'act',
    tag: 'Files',
    summary: 'Uploads a file for a message',
    description:
      'The body is the file. Name its id in `attachments` of an answer within a day; it may be used once or several times by the same token.',
    query: Type.Object({ filename, content_type: contentType }),
    bytes: true,
    status: 201,
    response: Type.Object({ id: Type.String(), filename: Type.String(), content_type: Type.String(), size: Type.Integer() }),
    async write(tx, call) {
      const bytes = call.body instanceof Uint8Array ? call.body : new Uint8Array()
      if (bytes.byteLength === 0) throw new PosternError('invalid', 'the file is empty')
      if (bytes.byteLength > tx.config.limits.message_size) throw new PosternError('message_too_big')
      const blob = await tx.messages.putBlob(bytes)
      const about = {
        filename: cleanName(String(call.query.filename)),
        content_type: String(call.query.content_type),
        size: bytes.byteLength,
      }
      await insertUpload(tx.db, { id: blob.id, token_id: call.principal.tokenId, blob_id: blob.id, used: 0, created_at: tx.now, ...about })
      return { status: 201, body: { id: blob.id, ...about } }
    },
  },
]

/** One line, no path. */
function cleanName(name: string): string {
  return (
    name
      .replace(/[\x00-\x1f\x7f]+/g, ' ')
      .replace(/^.*[/\\]/, '')
      .trim() || 'file'
  )
}

/** Arguments of an action with every file in a list `attachments` turned into what actions take. Throws `forbidden` for a raw reference, `not_found` for somebody else's upload. */
export async function withFiles(tx: Tx, call: ApiCall, args: unknown): Promise<unknown> {
  if (Array.isArray(args)) {
    const items: unknown[] = []
    for (const item of args) items.push(await withFiles(tx, call, item))
    return items
  }
  if (!isRecord(args)) return args
  if ('blob' in args) throw new PosternError('forbidden', 'stored bytes cannot be named; use an upload')
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(args)) {
    if (key !== 'attachments' || !Array.isArray(value)) {
      out[key] = await withFiles(tx, call, value)
      continue
    }
    const files: unknown[] = []
    for (const item of value) files.push(await fileOf(tx, call, item))
    out[key] = files
  }
  return out
}

async function fileOf(tx: Tx, call: ApiCall, item: unknown): Promise<unknown> {
  if (!isRecord(item)) return item
  const placed = {
    ...(typeof item.inline === 'boolean' && { inline: item.inline }),
    ...(typeof item.content_id === 'string' && { contentId: item.content_id.replace(/[\x00-\x20\x7f<>]/g, '') }),
  }
  if (typeof item.upload === 'string') {
    const upload = await useUpload(tx.db, item.upload, call.principal.tokenId)
    if (!upload) throw new PosternError('not_found', `upload ${item.upload.slice(0, 64)}`)
    return {
      filename: upload.filename,
      contentType: upload.content_type,
      sizeBytes: upload.size,
      ...placed,
      blob: { id: upload.blob_id, start: 0, end: upload.size, encoding: 'identity' },
    }
  }
  if (typeof item.content === 'string') {
    if (/[^A-Za-z0-9+/=\s]/.test(item.content)) throw new PosternError('invalid', 'content is not Base64')
    const bytes = Buffer.from(item.content, 'base64')
    if (bytes.byteLength > tx.config.limits.message_size) throw new PosternError('message_too_big')
    const blob = await tx.messages.putBlob(bytes)
    const type =
      typeof item.content_type === 'string' && /^[A-Za-z0-9!#$&^_.+-]{1,100}\/[A-Za-z0-9!#$&^_.+-]{1,100}$/.test(item.content_type)
        ? item.content_type
        : 'application/octet-stream'
    return {
      filename: cleanName(String(item.filename ?? 'file')).slice(0, 255),
      contentType: type,
      sizeBytes: bytes.byteLength,
      ...placed,
      blob,
    }
  }
  if ('blob' in item) throw new PosternError('forbidden', 'stored bytes cannot be named; use an upload')
  return item
}
