// Finds where a signature begins in the author's own lines: the usenet delimiter, a row of underscores, "Sent from my ..".
//
// Sign-offs ("Best regards, Anna") stay with the reply: half of the world takes them for words, and nothing is lost.
import { hasWords } from './lines.ts'

/** Where a signature begins among lines of text. */
interface SignatureCut {
  /** First line of the signature. */
  readonly start: number
  /** First line after it: what follows a "Sent from my phone" line is an old mail that nobody marked. */
  readonly end: number
}

const DELIMITER_TAIL = 40
const UNDERSCORE_TAIL = 15

/** The signature in these lines, or null. `lines` are trimmed. */
export function findSignature(lines: readonly string[]): SignatureCut | null {
  const mobile = findMobile(lines)
  const delimiter = findDelimiter(lines)
  const cut = delimiter !== null && (mobile === null || delimiter < mobile.start) ? { start: delimiter, end: lines.length } : mobile
  const dashed = findDashedName(lines, cut?.start ?? lines.length)
  return dashed === null ? cut : { start: dashed, end: cut?.end ?? lines.length }
}

/** "-Anna Petrova" as the last line, alone between blank lines, and no list above. */
function findDashedName(lines: readonly string[], end: number): number | null {
  let at = end - 1
  while (at >= 0 && lines[at] === '') at -= 1
  if (at < 2 || lines[at - 1] !== '' || !/^[-–—]\p{Lu}[\p{L}'’]+(?: \p{Lu}[\p{L}.'’-]*){1,2}$/u.test((lines[at] ?? '').slice(0, 80)))
    return null
  const above = lines.slice(0, at - 1).findLast((l) => l !== '')
  return above === undefined || /^[-–—]/.test(above) || /[:?]$/.test(above) ? null : at
}

function findDelimiter(lines: readonly string[]): number | null {
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? ''
    const dashes = /^(?:--|—|––|-- --)$/.test(line)
    const limit = dashes ? DELIMITER_TAIL : /^_{2,}$/.test(line) ? UNDERSCORE_TAIL : 0
    if (limit === 0 || lines.length - i - 1 > limit || inFence(lines, i)) continue
    if (i === 0 || !lines.slice(0, i).some(hasWords)) continue
    return i
  }
  return null
}

/** Inside a ``` block nothing is a signature. */
function inFence(lines: readonly string[], at: number): boolean {
  let fences = 0
  for (let i = 0; i < at; i += 1) if ((lines[i] ?? '').startsWith('```')) fences += 1
  return fences % 2 === 1
}

function findMobile(lines: readonly string[]): SignatureCut | null {
  for (let i = 0; i < lines.length; i += 1) {
    if (!isMobileLine(lines[i] ?? '')) continue
    const alone = i === 0 || lines[i - 1] === '' || isMobileLine(lines[i - 1] ?? '')
    let end = i + 1
    while (end < lines.length && (lines[end] === '' || isMobileLine(lines[end] ?? ''))) end += 1
    // In the middle of a paragraph it is a sentence; at the end of the mail it needs no blank line above.
    const first = i
    i = end - 1
    if (inFence(lines, first) || (end < lines.length && (!alone || lines[first + 1] !== ''))) continue
    if (first === 0 || !lines.slice(0, first).some(hasWords)) continue
    return { start: first, end }
  }
  return null
}

/** "Sent from my iPhone", "Отправлено из мобильной Почты Mail.ru", "Get Outlook for iOS". */
export function isMobileLine(line: string): boolean {
  if (line.length < 6 || line.length > 160) return false
  const text = line
    .replace(/\[([^\]]{1,60})\]\([^)]{1,120}\)/g, '$1')
    .replace(/<?https?:\/\/[^\s>]{1,140}>?/g, '')
    .replace(/^[\s<(*_"«]+|[\s>)*_"».!]+$/g, '')
  if (fixed.test(text)) return true
  const m = sentFrom.exec(text)
  if (m === null) return false
  const rest = text.slice(m[0].length).trim()
  const excuse =
    /[.,;!-]\s*(?:please |so |sorry |pls )*(?:excuse|forgive|pardon|typo|brevity|apolog|извин|прост|прошу прощ|вибач|entschuldig|désolé|excusez|disculp|scusa|pardon)/iu.exec(
      rest,
    )
  const device = excuse === null ? rest : rest.slice(0, excuse.index)
  const count = device.split(/\s+/).filter((w) => w !== '').length
  if (/[.;:?!]\s/.test(device) || count > 7) return false
  // "Отправлено из Москвы" is a sentence: in Cyrillic it must name a device or a program.
  return known.test(device) || (count <= 4 && !device.includes(',') && (/^[\x20-\u02ff]+$/.test(text) || /[A-Za-z]{3}/.test(device)))
}

/** How such lines open. */
const sentFrom = new RegExp(
  `^(?:${[
    'sent (?:from|via|using|with|by)(?: my| a| the)?',
    'from my',
    'envoyé (?:depuis|de|à partir de|avec|via)',
    'enviado (?:desde|do|de|a partir do|via|com|con)',
    'enviada (?:do|desde)',
    'inviato (?:da|dal|con|tramite)',
    'gesendet (?:von|mit|über|aus)',
    'von meinem',
    'diese nachricht wurde von meinem',
    'verzonden (?:vanaf|met|van|via)',
    'verstuurd (?:vanaf|met|van)',
    'skickat från',
    'sendt fra',
    'sendt via',
    'lähetetty',
    'wysłane? z',
    'wysłano z',
    'odesláno z',
    'odoslané z',
    'poslano (?:sa|s|iz|z)',
    'trimis de pe',
    'telefonumdan',
    'elküldve',
    'отправлено (?:из|с|со|через|при помощи)',
    'послано (?:из|с|со)',
    'с моего',
    'надіслано (?:з|із|через)',
    'відправлено (?:з|із|через)',
    'адпраўлена з',
    'изпратено от',
    'şuradan gönderildi',
    'dikirim dari',
    'đã gửi từ',
    'надіслано',
    'saadetud',
  ].join('|')})\\s`,
  'iu',
)

/** What these lines speak of, when they are longer than four words. */
const known =
  /iphone|ipad|ipod|android|galaxy|samsung|huawei|xiaomi|redmi|pixel|nokia|htc|alcatel|blackberry|outlook|windows|mail|phone|mobile|mobil|smartphone|tablet|handy|app|yahoo|proton|spark|почт|телефон|смартфон|мобильн|мобільн|устройств|приложени|пристро/i

/** Lines that are one as they stand. */
const fixed = new RegExp(
  `^(?:${[
    'get (?:the )?outlook for .{2,20}',
    'outlook für .{2,20} (?:beziehen|herunterladen|holen)',
    'holen sie sich outlook für .{2,20}',
    'télécharge[rz] outlook pour .{2,20}',
    'obtenir outlook pour .{2,20}',
    'obtener outlook para .{2,20}',
    'obter o outlook para .{2,20}',
    'scarica outlook per .{2,20}',
    'ottieni outlook per .{2,20}',
    'outlook voor .{2,20} downloaden',
    'download outlook voor .{2,20}',
    'скачать outlook для .{2,20}',
    'получить outlook для .{2,20}',
    'отримати outlook для .{2,20}',
    'pobierz (?:program )?outlook dla .{2,30}',
    'hämta outlook för .{2,20}',
    'hent outlook (?:til|for) .{2,20}',
    '.{1,20} from mobile',
    'sent by .{2,20}',
    'sent from mailbox',
    'sent with airmail',
    'sent via mobile(?: device)?',
    'von .{2,40} gesendet',
    'diese nachricht wurde von .{2,60} gesendet',
    'verzonden met .{2,30}',
    'bleibe sicher',
    'lähetetty .{2,40}',
    'простите за краткость, создано в .{2,30}',
    'вибачте за стислість, надіслано .{2,40}',
    '從我的 ?.{2,20} ?傳送',
    '从我的 ?.{2,20} ?发送',
    '发自我的 ?.{2,30}',
    '發自我的 ?.{2,30}',
    '來自我的 ?.{2,20}',
    '.{2,30}から送信',
    '나의 .{2,20}에서 보냄',
    '.{2,30}에서 보냄',
    '내 .{2,20}에서 보냄',
    "iphone(?:umdan|ʼumdan|’umdan|'umdan) gönderildi",
    '.{2,20} cihazımdan gönderildi',
    'az iphone-omról küldve',
    'iphone-omról küldve',
    'νάλθηκε από .{2,30}',
    'στάλθηκε από .{2,30}',
    'נשלח מ.{2,30}',
    'أُ?رسلت من .{2,30}',
  ].join('|')})$`,
  'iu',
)
