// Bytes to text for mail whose charset is declared, wrongly declared or not declared at all.
import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { guessCharset, likelierThan } from './charset-guess.ts'
import { strip } from './strip.ts'

/** Text and the charset that it was read with; `guessed` where the mail did not say so itself or said it wrongly. */
export interface DecodedText {
  readonly text: string
  readonly charset: string
  readonly guessed: boolean
}

/**
 * Decodes `bytes` of the declared `label` (any spelling, or undefined). Never throws: bytes that do not fit become U+FFFD.
 * A declaration is not believed where it cannot be true: 8-bit bytes under a seven-bit charset, no NUL under UTF-16, well-formed UTF-8 or
 * switches of ISO-2022 under a single-byte label, ill-formed UTF-8 under `utf-8`, Russian that only another Cyrillic charset makes words of: then `hint` (another declaration in the same mail) is tried and
 * at last a guess is made.
 */
export function decodeText(bytes: Uint8Array, label?: string, hint?: string): DecodedText {
  const charset = charsetName(label)
  if (charset !== undefined && (sevenBit.test(charset) || wide.test(charset))) {
    const believed = believable(bytes, charset) ? decodeAs(bytes, charset) : undefined
    if (believed !== undefined) return { text: believed, charset, guessed: false }
    const relative = isUtf8(bytes) ? undefined : guessedAmong(bytes, relatives[charset])
    return relative ?? undeclared(bytes, undefined, hint)
  }
  if (isAscii(bytes) && !hasEscapes(bytes))
    return {
      text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'),
      charset: charset ?? 'us-ascii',
      guessed: false,
    }
  if (charset === undefined || charset === 'us-ascii' || charset === 'utf-8' || isAscii(bytes)) return undeclared(bytes, charset, hint)
  if (singleByte.test(charset) && isUtf8(bytes)) return { text: decodeAs(bytes, 'utf-8'), charset: 'utf-8', guessed: true }
  if (charset === 'windows-1252') {
    // Old Russian and East Asian senders declare iso-8859-1 whatever they write: the statistics overrule it only where they are certain.
    const guess = guessCharset(bytes)
    if (guess.certain && guess.charset !== charset) return { text: decodeAs(bytes, guess.charset), charset: guess.charset, guessed: true }
  }
  const family = [cyrillic, japanese].find((f) => f.includes(charset))
  const swapped = family && likelierThan(bytes, charset, family)
  if (swapped !== undefined) return { text: decodeAs(bytes, swapped), charset: swapped, guessed: true }
  const text = decodeAs(bytes, charset)
  if (text.includes('\ufffd') && isUtf8(bytes)) return { text: decodeAs(bytes, 'utf-8'), charset: 'utf-8', guessed: true }
  return { text, charset, guessed: false }
}

/** Charsets of one language that are taken for one another. */
const cyrillic = ['windows-1251', 'koi8-r', 'iso-8859-5', 'ibm866']
const japanese = ['shift_jis', 'euc-jp']
/** What stands under a seven-bit label instead, where 8-bit bytes do. */
const relatives: Readonly<Record<string, readonly string[]>> = {
  'iso-2022-jp': japanese,
  'iso-2022-kr': ['euc-kr'],
  'hz-gb-2312': ['gb18030'],
}

/** Can bytes be of a charset that has none over 0x7f, or of one whose text has a NUL in every line break and blank? */
function believable(bytes: Uint8Array, charset: string): boolean {
  if (sevenBit.test(charset)) return isAscii(bytes)
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  return marked || bytes.includes(0) || (!isUtf8(bytes) && /^(utf-?16|ucs-?2)/.test(charset))
}

/** The likeliest of `charsets`, if it fits without a flaw. */
function guessedAmong(bytes: Uint8Array, charsets: readonly string[] | undefined): DecodedText | undefined {
  const [first] = charsets ?? []
  if (charsets === undefined || first === undefined) return undefined
  const charset = likelierThan(bytes, first, charsets) ?? first
  const text = decodeAs(bytes, charset)
  return text.includes('\ufffd') ? undefined : { text, charset, guessed: true }
}

function undeclared(bytes: Uint8Array, charset: string | undefined, hint: string | undefined): DecodedText {
  const order = byteOrder(bytes)
  if (order !== undefined) return { text: decodeAs(bytes, order), charset: order, guessed: true }
  if (isAscii(bytes)) return { text: decodeAs(bytes, escapeCharset(bytes)), charset: escapeCharset(bytes), guessed: true }
  if (isUtf8(bytes)) return { text: decodeAs(bytes, 'utf-8'), charset: 'utf-8', guessed: charset !== 'utf-8' }
  const hinted = charsetName(hint)
  if (hinted !== undefined && hinted !== 'utf-8' && hinted !== 'us-ascii' && !wide.test(hinted)) {
    const text = decodeAs(bytes, hinted)
    if (!text.includes('\ufffd')) return { text, charset: hinted, guessed: true }
  }
  // One cut-off or damaged sequence in an otherwise well-formed UTF-8 text: still UTF-8.
  if (charset === 'utf-8' || charset === undefined) {
    const text = decodeAs(bytes, 'utf-8')
    const broken = countOf(text, '\ufffd')
    if (broken * 10 < highRuns(bytes)) return { text, charset: 'utf-8', guessed: charset === undefined }
  }
  const guess = guessCharset(bytes)
  return { text: decodeAs(bytes, guess.charset), charset: guess.charset, guessed: true }
}

/** The charset's name as the decoders know it, or undefined for a label that nobody knows (`unknown-8bit`, `x-user-defined`, rubbish). */
export function charsetName(label: string | undefined): string | undefined {
  const key = strip(label?.slice(0, 100) ?? '', '"\'=;').toLowerCase()
  if (key === '' || key.length > 40) return undefined
  const alias = aliases[key] ?? aliases[key.replace(/^(x-|cs)/, '')] ?? key
  if (own.has(alias)) return alias
  try {
    const name = new TextDecoder(alias).encoding
    return name === 'replacement' ? undefined : name
  } catch {
    return iconv.encodingExists(alias) ? alias : undefined
  }
}

/** Decodes with exactly this charset (a name from `charsetName`). */
function decodeAs(bytes: Uint8Array, charset: string): string {
  if (charset === 'us-ascii') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  if (charset === 'hz-gb-2312') return decodeAs(shifted(bytes, 'hz'), 'gb18030')
  if (charset === 'iso-2022-kr') return decodeAs(shifted(bytes, 'kr'), 'euc-kr')
  if (charset === 'utf-7') return iconv.decode(Buffer.from(bytes), 'utf-7')
  if (charset === 'iso-2022-jp') bytes = withoutIdleEscapes(bytes)
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return iconv.encodingExists(charset) ? iconv.decode(Buffer.from(bytes), charset) : Buffer.from(bytes).toString('latin1')
  }
}

/** Joined encoded words switch back and forth with nothing between, which the decoder takes for an error. */
function withoutIdleEscapes(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return Buffer.from(text.replace(/(?:\x1b(?:\([BJI]|\$[@B]))+(?=\x1b)/g, ''), 'latin1')
}

const aliases: Readonly<Record<string, string>> = {
  'us-ascii': 'us-ascii',
  ascii: 'us-ascii',
  'ansi_x3.4-1968': 'us-ascii',
  'iso646-us': 'us-ascii',
  '7bit': 'us-ascii',
  us_ascii: 'us-ascii',
  utf8: 'utf-8',
  utf8mb4: 'utf-8',
  'unicode-1-1-utf-8': 'utf-8',
  unicode: 'utf-8',
  'utf-8-sig': 'utf-8',
  utf7: 'utf-7',
  'utf-7': 'utf-7',
  'unicode-1-1-utf-7': 'utf-7',
  'hz-gb-2312': 'hz-gb-2312',
  hz: 'hz-gb-2312',
  'iso-2022-kr': 'iso-2022-kr',
  cp1251: 'windows-1251',
  win1251: 'windows-1251',
  'win-1251': 'windows-1251',
  windows1251: 'windows-1251',
  '1251': 'windows-1251',
  'ansi-1251': 'windows-1251',
  cyrillic: 'windows-1251',
  koi8: 'koi8-r',
  koi8r: 'koi8-r',
  'koi8-ru': 'koi8-u',
  cp866: 'ibm866',
  dos: 'ibm866',
  '866': 'ibm866',
  latin1: 'windows-1252',
  'latin-1': 'windows-1252',
  iso88591: 'windows-1252',
  'iso-8859-1-windows-3.1-latin-1': 'windows-1252',
  '8859_1': 'windows-1252',
  cp1252: 'windows-1252',
  ansi: 'windows-1252',
  '8bit': 'windows-1252',
  'iso-8859-15-euro': 'iso-8859-15',
  'latin-9': 'iso-8859-15',
  cp1250: 'windows-1250',
  gb2312: 'gb18030',
  gbk: 'gb18030',
  cp936: 'gb18030',
  '936': 'gb18030',
  'gb_2312-80': 'gb18030',
  chinesesimplified: 'gb18030',
  euccn: 'gb18030',
  'euc-cn': 'gb18030',
  cp950: 'big5',
  big5hkscs: 'big5',
  'big5-hkscs': 'big5',
  cp949: 'euc-kr',
  ks_c_5601: 'euc-kr',
  'ks_c_5601-1987': 'euc-kr',
  ksc5601: 'euc-kr',
  cp932: 'shift_jis',
  sjis: 'shift_jis',
  'shift-jis': 'shift_jis',
  'windows-31j': 'shift_jis',
  ms_kanji: 'shift_jis',
  'iso-2022-jp-2': 'iso-2022-jp',
  'iso-2022-jp-ms': 'iso-2022-jp',
  cp50220: 'iso-2022-jp',
  '50220': 'iso-2022-jp',
  jis: 'iso-2022-jp',
  eucjp: 'euc-jp',
}
const own = new Set(['us-ascii', 'utf-7', 'hz-gb-2312', 'iso-2022-kr'])
const wide = /^(utf-?16|utf-?32|ucs-?[24])/
const sevenBit = /^(utf-7|iso-2022-.*|hz-gb-2312)$/
const singleByte = /^(windows-125\d|iso-8859-|koi8|ibm|macintosh|x-mac|us-ascii|cp\d)/

/** UTF-16 by its byte order mark, where there are NULs to prove it. */
function byteOrder(bytes: Uint8Array): string | undefined {
  if (!bytes.includes(0)) return undefined
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined
}

/** Do these ASCII bytes switch to two-byte characters (ISO-2022), whatever their label says? */
function hasEscapes(bytes: Uint8Array): boolean {
  return (
    bytes.includes(0x1b) &&
    /\x1b\$(?:[@B]|\([D-G]|\)[A-C])/.test(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 100_000)).toString('latin1'))
  )
}

/** Which of them it is: `ESC $ ) C` opens ISO-2022-KR, all others that occur in mail are Japanese. */
function escapeCharset(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (text.includes('\x1b$)C')) return 'iso-2022-kr'
  return /\x1b[$(]/.test(text.toString('latin1', 0, 100_000)) ? 'iso-2022-jp' : 'us-ascii'
}

/** HZ (`~{` .. `~}`, RFC 1843) and ISO-2022-KR (SO .. SI, RFC 1557) as the eight-bit charset that lies under them. */
function shifted(bytes: Uint8Array, kind: 'hz' | 'kr'): Uint8Array {
  const out = new Uint8Array(bytes.length)
  let n = 0
  let high = false
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] ?? 0
    const next = bytes[i + 1] ?? 0
    if (kind === 'kr') {
      if (c === 0x0e || c === 0x0f) high = c === 0x0e
      else if (c === 0x1b && next === 0x24) i += 3
      else out[n++] = high && c > 0x20 ? c | 0x80 : c
      if (c === 0x0a) high = false
    } else if (c === 0x7e && (next === 0x7b || next === 0x7d || next === 0x7e || next === 0x0a)) {
      i++
      if (next === 0x7e) out[n++] = 0x7e
      else high = next === 0x7b
    } else out[n++] = high && c > 0x20 ? c | 0x80 : c
  }
  return out.subarray(0, n)
}

const countOf = (text: string, what: string): number => {
  let n = 0
  for (let i = text.indexOf(what); i >= 0; i = text.indexOf(what, i + what.length)) n++
  return n
}

/** How many runs of bytes over 0x7f there are: about the number of non-ASCII letters in UTF-8. */
function highRuns(bytes: Uint8Array): number {
  let n = 0
  for (const c of bytes) if (c >= 0xc0) n++
  return n
}
