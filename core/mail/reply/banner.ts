// Finds the lines that announce an old mail ("-----Original Message-----") or a forwarded one ("Begin forwarded message:").
import type { Line } from './lines.ts'

/** What a banner announces. */
type Banner = 'original' | 'forward'

/**
 * A dashed banner, with what follows it on the same line (Yahoo and Samsung put the header there), or null. Not `sure`: its words are those
 * of a heading too ("--- Error message ---"), so a header line or a quote must stand below it.
 */
export function dashedBanner(text: string): { readonly banner: Banner; readonly rest: string; readonly sure: boolean } | null {
  if (text.length > 2000) return null
  const m =
    /^[*_ ]{0,3}([-–—=*_]{2,40})\s?([^-–—=*_].{1,70}?)\s?([-–—=*_]{2,60})(?:[*\s]|$|(?=\p{L}{1,16}(?: \p{L}{1,12})?\s?[:：]))/u.exec(text)
  if (m === null) return null
  const words = (m[2] ?? '').toLowerCase().replaceAll('i̇', 'i')
  // Notes names the forwarder and the day: "Forwarded by Anna/Shop on 21.09.2026".
  if (
    (m[1] ?? '').length + (m[3] ?? '').length < 5 ||
    (/\d{2}|@/.test(words) && !/^(?:forwarded by|weitergeleitet von|transféré par|переслано) /.test(words))
  )
    return null
  // Slovak Thunderbird has two texts between its dashes.
  const rest = text.slice(m[0].length).replace(/^\s?[^-:]{1,40}[-–—]{3,60}\s?/, '')
  if (forwardStems.test(words) || /fwd/.test(words)) return { banner: 'forward', rest, sure: messageStems.test(words) }
  return messageStems.test(words) ? { banner: 'original', rest, sure: originalStems.test(words) } : null
}

/** "Begin forwarded message:": the caller must see a header block below, for the same words occur in prose. */
export function spokenForward(text: string): boolean {
  if (text.length > 70 || !/[:：]$/.test(text)) return false
  const words = text.toLowerCase().replaceAll('i̇', 'i')
  return (forwardStems.test(words) && messageStems.test(words)) || words.startsWith('ileti başlangıcı')
}

/** A line of dashes, underscores or the like, and nothing else. */
export function isRule(line: Line): boolean {
  return line.text.length >= 3 && /^[-–—=_*~#+⎯─]{3,}$/.test(line.text.slice(0, 200)) && line.text.length < 200
}

const messageStems = new RegExp(
  [
    'messag|mensag|mensaj|missatg|mesaj|nachricht|bericht|meddel|melding|besked|viesti|wiadomo|zpráv|zprav|správ|sprav|üzenet|levél|ileti|e-?mail|mejl',
    'сообщени|письм|повідомлен|лист|паведамл|poruk|sporočil|съобщени|писмо|μήνυμα|הודעה|رسالة|پیام|ข้อความ|tin nhắn|thư|pesan|kiri|sõnum|laišk|žinut|vēstul|skeyti',
    '邮件|郵件|信件|メッセージ|メール|메시지|메일',
  ].join('|'),
  'u',
)
const forwardStems = new RegExp(
  [
    'forward|weitergeleitet|transfér|transmis|réexpédi|reenvia|reencaminha|encaminha|inoltra|doorgestuurd|videresend|vidarebefordra|välitet|edelleen|przekaz|przesłan|przesył',
    'přeposl|přeposíl|preposl|továbbít|redirec|retransmi|iletil|proslije|prosleđ|posredov|edasi|persiųst|pārsūt|áfram',
    'пересл|пересыл|пересил|перенаправ|переадрес|перасла|препрат|προωθ|הועבר|מועבר|محول|إعادة توجيه|chuyển tiếp|diteruskan|ส่งต่อ|转发|轉寄|轉發|転送|전달',
  ].join('|'),
  'u',
)
const originalStems = new RegExp(
  [
    '^(?:reply|previous|replied|quoted|earlier) message|^antwort|^message (?:reçu|original)|messaggio originale',
    'origin|oryginal|ursprung|ursprüng|oprindelig|opprinnelig|původn|pôvodn|eredeti|alkuperäi|orijinal|özgün|oorspronkelijk|pierwotn|izvorn|izvirn|algn|sākotn|pradin|jatorri|upphafleg',
    'исходн|первоначальн|оригинал|оригінал|арыгінал|вихідн|початков|зыходн|първоначал|изворн|αρχικ|מקורי|أصلي|اصلی|ต้นฉบับ|gốc|asli|原始|原文|元の|オリジナル|원본',
  ].join('|'),
  'u',
)
