// A small statistical guess for 8-bit text that says nothing of its charset: how many bits would each language model spend on it?

/** The likeliest charset; `certain` when the text is long enough and the runner-up far behind. */
export interface CharsetGuess {
  readonly charset: string
  readonly certain: boolean
}

/** At most so many bytes are looked at: enough for certainty, and linear. */
const sampleBytes = 4096

/**
 * Guesses among windows-1251, koi8-r, cp866, gb18030, shift_jis, euc-jp, euc-kr, big5, windows-1250 and windows-1252. Every candidate
 * decodes the sample; the one whose characters are cheapest (common letters few bits, rare signs many) per non-ASCII byte wins.
 */
export function guessCharset(bytes: Uint8Array): CharsetGuess {
  const sample = sampleOf(bytes)
  let high = 0
  for (const c of sample) if (c > 0x7f) high++
  if (high === 0) return { charset: 'windows-1252', certain: false }
  const ranked = models.map(([charset, bits]) => ({ charset, cost: costOf(sample, charset, bits) / high })).sort((a, b) => a.cost - b.cost)
  const [best, second] = ranked
  if (!best || !second || best.cost === Infinity) return { charset: 'windows-1252', certain: false }
  return { charset: best.charset, certain: high >= 8 && best.cost < 6.5 && second.cost - best.cost > 0.7 }
}

/**
 * Which of `among`, charsets of one script, the bytes are far likelier to be than the `declared` one, or undefined. Capitals of one Cyrillic
 * charset are the small letters of another, so that a text of capitals is believed as it is declared, and a short one unless a capital
 * stands behind a small letter, or a line-drawing sign among letters.
 */
export function likelierThan(bytes: Uint8Array, declared: string, among: readonly string[]): string | undefined {
  const sample = sampleOf(bytes)
  const high = sample.reduce((n, c) => (c > 0x7f ? n + 1 : n), 0)
  if (high < 3) return undefined
  const read = new TextDecoder(declared).decode(sample)
  const disorder = /\p{Ll}\p{Lu}|\p{L}№\p{L}|[\u0080-\u009f\u2500-\u25a0\uff61-\uff9f\ufffd]/u.test(read)
  if (!disorder && (high < 8 || !/\p{Ll}/u.test(read))) return undefined
  const costs = [...models, ...rareModels]
    .filter(([charset]) => among.includes(charset))
    .map(([charset, bits]) => ({ charset, cost: costOf(sample, charset, bits) / high }))
    .sort((a, b) => a.cost - b.cost)
  const [best] = costs
  const own = costs.find((c) => c.charset === declared)
  return best && own && best.cost < 8 && own.cost - best.cost > (disorder ? 1.7 : 2) ? best.charset : undefined
}

type Bits = (text: string, i: number, c: number) => number

function costOf(sample: Uint8Array, charset: string, bits: Bits): number {
  const text = new TextDecoder(charset).decode(sample)
  let cost = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x80) continue
    cost += c === 0xfffd ? 24 : c < 0xa0 ? 16 : bits(text, i, c)
  }
  return cost
}

/** Up to 4 KB around the non-ASCII bytes, cut at line ends where there are any. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= sampleBytes) return bytes
  const first = Math.max(
    0,
    bytes.findIndex((c) => c > 0x7f),
  )
  const start = Math.max(0, bytes.lastIndexOf(10, first))
  const end = bytes.indexOf(10, start + sampleBytes)
  return bytes.subarray(start, end < 0 || end > start + 2 * sampleBytes ? start + sampleBytes : end)
}

const isLetter = (c: number): boolean => (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a)

/** Bits of Russian lower-case letters, а to я, from their frequency in prose. */
const russian = [
  3.7, 6, 4.5, 5.9, 5, 3.6, 7, 6, 3.7, 6.4, 4.8, 4.5, 5, 3.9, 3.2, 5.1, 4.4, 4.2, 4, 5.3, 9, 6.7, 8, 6.1, 7.1, 8.1, 11, 5.7, 5.8, 8.2, 7.3,
  5.6,
]

const cyrillic: Bits = (text, i, c) => {
  const before = i > 0 ? text.charCodeAt(i - 1) : 32
  if (c >= 0x430 && c <= 0x44f) return (russian[c - 0x430] ?? 8) + (isLetter(before) ? 6 : 0)
  if (c >= 0x410 && c <= 0x42f) return (russian[c - 0x410] ?? 8) + 2.5 + ((before >= 0x430 && before <= 0x45f) || isLetter(before) ? 7 : 0)
  if (c === 0x451 || c === 0x401) return 9
  if ((c >= 0x454 && c <= 0x457) || (c >= 0x404 && c <= 0x407) || c === 0x490 || c === 0x491) return 9.5
  if (
    c === 0x2116 ||
    c === 0xab ||
    c === 0xbb ||
    c === 0x2014 ||
    c === 0x2013 ||
    c === 0xa0 ||
    c === 0x201c ||
    c === 0x201e ||
    c === 0x2026
  )
    return 8
  return 15
}

const latin: (common: string) => Bits = (common) => (text, i, c) => {
  const near = (isLetter(text.charCodeAt(i - 1) || 32) ? 1 : 0) + (isLetter(text.charCodeAt(i + 1) || 32) ? 1 : 0)
  // An accented letter stands among plain ones; a run of them is something else read as Latin.
  const alone = near > 0 ? 0 : 5
  if (common.includes(text.charAt(i))) return 5 + alone
  if (
    c === 0xa0 ||
    c === 0xab ||
    c === 0xbb ||
    (c >= 0x2013 && c <= 0x2026) ||
    c === 0x20ac ||
    c === 0xb0 ||
    c === 0xa9 ||
    c === 0xae ||
    c === 0xa3
  )
    return 8.5
  return c >= 0xc0 && c <= 0x17f ? 10 + alone : 14
}

/** Han characters that make up a third of any prose; simplified and traditional forms of the same words. */
const simplified = new Set(
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运您请邮订单发票客户服谢收测试问题咨询申请退款账号密码登录系统错误',
)
const traditional = new Set(
  '的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直資命山金指許統區保至隊形社便空決治展馬科司請您郵訂單發票客戶服謝收寄測試問題諮詢申請退款帳號密碼登錄系統錯誤',
)
const hangul = new Set(
  '이다는을의가에고하지로한은도를기사자서어시리나아인있대것으해일정부그들니스보수상전여주게장라만원제구성과용적안동위면오문습합물비모조거요메관심공신발소식회세드개데연내무유무송답감입회원',
)

const han: (common: ReadonlySet<string>) => Bits = (common) => (text, i, c) => {
  if (common.has(text.charAt(i))) return 7.5
  if (c >= 0x4e00 && c <= 0x9fff) return 13
  return eastAsianSign(c) ?? (c >= 0x3041 && c <= 0x30ff ? 12 : 19)
}

/** Full-width punctuation and letters, which all the East Asian charsets share. */
const eastAsianSign = (c: number): number | undefined =>
  (c >= 0x3000 && c <= 0x3015) || (c >= 0xff01 && c <= 0xff5e) || c === 0x30fb || c === 0x30fc ? 9.5 : undefined

const japanese: Bits = (_text, _i, c) => {
  if (c >= 0x3041 && c <= 0x3096) return 6.2
  if (c >= 0x30a1 && c <= 0x30fc) return 7
  // Japanese without kana is rare, and its characters are any text's in another charset.
  if (c >= 0x4e00 && c <= 0x9fff) return 12.7
  // Half-width katakana: one byte each, and what any other text looks like in Shift_JIS.
  if (c >= 0xff61 && c <= 0xff9f) return 11
  return eastAsianSign(c) ?? 19
}

const korean: Bits = (text, i, c) => {
  if (hangul.has(text.charAt(i))) return 7
  if (c >= 0xac00 && c <= 0xd7a3) return 11
  return eastAsianSign(c) ?? (c >= 0x4e00 && c <= 0x9fff ? 16 : 19)
}

const models: readonly (readonly [string, Bits])[] = [
  ['windows-1252', latin('äöüßÄÖÜéèêëàâáãçñíîïóôõúûùåæøÅØÉ¿¡')],
  ['windows-1251', cyrillic],
  ['koi8-r', cyrillic],
  ['ibm866', (text, i, c) => cyrillic(text, i, c) + 0.7],
  ['gb18030', han(simplified)],
  ['shift_jis', japanese],
  ['euc-jp', (text, i, c) => japanese(text, i, c) + 0.3],
  ['euc-kr', korean],
  ['big5', han(traditional)],
  ['windows-1250', (text, i, c) => latin('ąćęłńóśźżĄŁŚŻčďěňřšťůžáéíýőűöüă')(text, i, c) + 0.9],
]

/** Only looked at where the mail declares a relative: nobody sends them unlabelled. */
const rareModels: readonly (readonly [string, Bits])[] = [['iso-8859-5', cyrillic]]
