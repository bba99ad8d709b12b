// Bytes that came from strangers, as a browser gets them: always a download, of a type that it does not run, whole or in part (RFC 9110 §13, §14).
import { Readable } from 'node:stream'
import { slices } from '../../../mail/pieces.ts'
import { blobSize, readBlobRange } from '../../../store/blobs.ts'
import type { BlobSource } from '../../../store/blobs.ts'
import { NoSuchRange } from '../problem.ts'
import type { Answer, ApiCall } from '../route.ts'

/** A file that is asked for. */
interface File {
  /** Strong: of the same id the bytes are the same. */
  readonly etag: string
  readonly headers: Readonly<Record<string, string>>
  /** Bytes. */
  readonly size: number
  pieces(start: number, end: number): AsyncIterable<Buffer>
}

/** The file, decoded while it leaves, the part of it that is asked for, or that the reader has it already. Throws `no_such_range`. */
export async function answerFile(
  asked: Readonly<Record<string, string | undefined>>,
  { etag, headers, size, pieces }: File,
): Promise<Answer> {
  const known = asked['if-none-match']
  if (known !== undefined && names(known, etag)) return { status: 304, headers: { etag } }
  const about = { ...headers, etag, 'accept-ranges': 'bytes' }
  // Whoever holds a part of something else gets all of it.
  const range = asked['if-range'] === undefined || asked['if-range'].trim() === etag ? rangeOf(asked.range, size) : null
  if (range === null) return { headers: { ...about, 'content-length': String(size) }, body: await begun(pieces(0, size)) }
  if (range === 'none') throw new NoSuchRange(size)
  return {
    status: 206,
    headers: {
      ...about,
      'content-length': String(range.end - range.start),
      'content-range': `bytes ${range.start}-${range.end - 1}/${size}`,
    },
    body: await begun(pieces(range.start, range.end)),
  }
}

/** Once the first piece is there: what can be refused is refused before the answer begins. */
async function begun(pieces: AsyncIterable<Buffer>): Promise<Readable> {
  const rest = pieces[Symbol.asyncIterator]()
  const first = await rest.next()
  return Readable.from(
    (async function* () {
      for (let next = first; next.done !== true; next = await rest.next()) yield next.value
    })(),
    { objectMode: false },
  )
}

/** Weak comparison, as this header wants it. */
function names(header: string, etag: string): boolean {
  return header
    .slice(0, 2000)
    .split(',')
    .some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

/** One range of bytes, end exclusive; null: all of it, also for what is not understood and for several ranges (RFC 9110 §14.2 allows that). */
function rangeOf(header: string | undefined, size: number): { readonly start: number; readonly end: number } | 'none' | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec((header ?? '').trim()) ?? []
  if (first === '' && last === '') return null
  if (first === '') return Number(last) === 0 || size === 0 ? 'none' : { start: Math.max(0, size - Number(last)), end: size }
  if (last !== '' && Number(last) < Number(first)) return null
  return Number(first) >= size ? 'none' : { start: Number(first), end: last === '' ? size : Math.min(size, Number(last) + 1) }
}

/** Types that no browser runs keep their name; everything else is a download of bytes. */
const harmless = /^(?:image\/(?:png|jpeg|gif|webp)|audio\/(?:mpeg|ogg|wav)|video\/(?:mp4|webm)|application\/pdf|text\/plain)$/

/** The content type that a file is served as: its own where no browser runs it, else `application/octet-stream`. */
export function safeType(type: string): string {
  const bare = (type.split(';', 1)[0] ?? '').trim().toLowerCase()
  return harmless.test(bare) ? bare : 'application/octet-stream'
}

/** Always a download; the name in ASCII for old readers and as it is (RFC 6266 §4.3, RFC 8187). */
export function fileHeaders(type: string, filename: string): Record<string, string> {
  const name =
    filename
      .replace(/[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069/\\]/g, '_')
      .toWellFormed()
      .slice(0, 200) || 'file'
  const ascii = name.replace(/[^\x20-\x7e]|["%;]/g, '_')
  const extended = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return {
    'content-type': type,
    'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`,
    'content-security-policy': "default-src 'none'; sandbox",
  }
}

/** All bytes of a blob, read as they leave. Throws `gone`. */
export async function storedBytes(from: BlobSource, id: string): Promise<Readable> {
  return begun(slices((start, end) => readBlobRange(from, id, start, end), 0, await blobSize(from, id)))
}

/** Where a call reads bytes. */
export function blobsFor({ db, services }: Pick<ApiCall, 'db' | 'services'>): BlobSource {
  return { db, storage: services.database.storage }
}
