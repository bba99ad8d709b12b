// winmail.dat: the text and the files that Outlook puts into TNEF (MS-OXTNEF §2.1, properties MS-OXCDATA §2.11.1).
import { decodeText } from '../charset.ts'

export interface TnefFile {
  /** '' where it has none. */
  readonly filename: string
  /** '' where it says nothing. */
  readonly contentType: string
  readonly bytes: Uint8Array
}

export interface Tnef {
  readonly text: string
  /** '' where there is none. */
  readonly html: string
  readonly files: readonly TnefFile[]
}

/** At most so many files: each is stored by a statement of its own. */
const maxFiles = 50
/** At most so many properties of one object. */
const most = 500

/** Reads what is sound of it; null for what is no TNEF. Never throws; every byte is looked at once, files are slices of `bytes`. */
export function readTnef(bytes: Uint8Array): Tnef | null {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (data.length < 6 || data.readUInt32LE(0) !== 0x223e9f78) return null
  let charset = 'windows-1252'
  const message: Properties = new Map()
  const files: { title: Buffer; data: Buffer; properties: Properties }[] = []
  let body: Buffer | undefined
  for (let at = 6; at + 9 <= data.length;) {
    const id = data.readUInt32LE(at + 1) & 0xffff
    const length = data.readUInt32LE(at + 5)
    const value = data.subarray(at + 9, at + 9 + length)
    if (value.length < length) break
    at += 9 + length + 2
    const file = files.at(-1)
    if (id === 0x9007 && length >= 4) charset = `windows-${value.readUInt32LE(0)}`
    else if (id === 0x800c) body = value
    else if (id === 0x9003) readProperties(value, message)
    else if (id === 0x9002 && files.length < maxFiles) files.push({ title: none, data: none, properties: new Map() })
    else if (id === 0x8010 && file) file.title = value
    else if (id === 0x800f && file) file.data = value
    else if (id === 0x9005 && file) readProperties(value, file.properties)
  }
  const string = (properties: Properties, ...ids: readonly number[]): string => {
    for (const id of ids) {
      const found = properties.get(id)
      if (found) return decodeText(found.value, found.unicode ? 'utf-16le' : charset).text.replace(/\0+$/, '')
    }
    return ''
  }
  return {
    text: string(message, 0x1000) || (body ? decodeText(body, charset).text.replace(/\0+$/, '') : ''),
    html: string(message, 0x1013),
    files: files.map((f) => ({
      filename: string(f.properties, 0x3707, 0x3704) || decodeText(f.title, charset).text.replace(/\0+$/, ''),
      contentType: string(f.properties, 0x370e),
      // An object carries 16 bytes that name its interface: a mail enclosed as TNEF.
      bytes: f.data.length > 0 ? f.data : (f.properties.get(0x3701)?.value ?? none),
    })),
  }
}

const none = Buffer.alloc(0)

type Properties = Map<number, { readonly value: Buffer; readonly unicode: boolean }>

/** Bytes of the types that have a fixed size, padded to four. */
const sizes: Readonly<Record<number, number>> = { 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16 }
const variable = new Set([0x0d, 0x1e, 0x1f, 0x102])

/** Adds the strings and binary values; stops at what it does not understand, as nothing behind it can be found. */
function readProperties(data: Buffer, into: Properties): void {
  let at = 4
  const word = (): number => {
    const value = at + 4 <= data.length ? data.readUInt32LE(at) : 0
    at += 4
    return value
  }
  for (let n = data.length >= 4 ? Math.min(data.readUInt32LE(0), most) : 0; n > 0 && at + 4 <= data.length; n--) {
    const tag = word()
    const [type, id] = [tag & 0x0fff, tag >>> 16]
    if (id >= 0x8000) {
      at += 16
      const named = word() === 1
      const size = named ? padded(word()) : 4
      at += size
    }
    const multiple = (tag & 0x1000) !== 0
    const count = multiple || variable.has(type) ? word() : 1
    const fixed = sizes[type]
    if (fixed === undefined && !variable.has(type)) return
    for (let i = 0; i < count && at < data.length; i++) {
      const length = fixed ?? word()
      const value = data.subarray(at, at + length)
      if (i === 0 && fixed === undefined && !into.has(id)) into.set(id, { value, unicode: type === 0x1f })
      at += padded(length)
    }
  }
}

const padded = (length: number): number => Math.ceil(length / 4) * 4
