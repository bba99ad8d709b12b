// The line that a phone or a mail program puts below what its user wrote: "Sent from my iPhone", "Get Outlook for iOS".
//
// How it opens is not enough: "Sent via DHL today." opens like one. All of its other words must be those of devices and programs.

/**
 * sure: the whole line is made of the words of such lines, with a device or program among them. likely: it opens like one and names
 * something that we do not know, so only its place tells.
 */
export function mobileLine(line: string): 'sure' | 'likely' | null {
  if (line.length < 5 || line.length > 200) return null
  const text = line
    .replace(/\[([^\]]{1,60})\]\([^)]{1,120}\)/g, '$1')
    .replace(/<?\(?https?:\/\/[^\s>)]{1,160}\)?>?/g, '')
    .replace(/^[\s<(*_"«]+|[\s>)*_"»]+$/g, '')
  const stop = /[.!]$/.test(text)
  const bare = text.replace(/[.!]+$/, '')
  for (const { pattern, brand } of whole) {
    const device = pattern.exec(bare)?.[1]
    if (device !== undefined) return judgeDevice(device, true) !== null || !brand ? (brand ? judgeDevice(device, true) : 'sure') : null
  }
  const m = opening.exec(bare)
  if (m === null) return null
  const rest = bare.slice(m[0].length).trim()
  const device = rest.slice(0, excuse.exec(rest)?.index ?? rest.length)
  const own = ownDevice.test(m[0])
  const found = judgeDevice(device, own || fromDevice.test(m[0]))
  if (found !== 'likely') return found
  if (!own || stop) return null
  // "my Wiko RIDGE 4G": a model has figures, or is written in capitals.
  return /\d|\b\p{Lu}{3,}\b/u.test(device) ? 'sure' : 'likely'
}

/** Whether a line is one, where nothing stands below it. */
export function isMobileLine(line: string): boolean {
  return mobileLine(line) !== null
}

/** A line of only a link: the program's own page, below its line. */
export function isLinkLine(line: string): boolean {
  return /^[<([]?\s?https?:\/\/\S{1,300}$/.test(line) || /^(?:www\.)[\w.-]{3,80}\/?$/.test(line)
}

/** `plain`: a word like "phone" is enough, for the line speaks of the sender's device ("my phone"). */
function judgeDevice(device: string, plain: boolean): 'sure' | 'likely' | null {
  if (/[;:?]\s|[.!]\s\p{L}/u.test(device)) return null
  const list = device.split(/[\s,/+()]+/).filter((w) => /[\p{L}\p{N}]/u.test(w))
  if (list.length === 0 || list.length > 12) return null
  const brands = list.filter((w) => brand.test(w)).length
  const devices = list.filter((w) => kind.test(w)).length
  const strange = list.filter((w) => !brand.test(w) && !kind.test(w) && !filler.test(w) && !/\p{N}/u.test(w))
  if (brands > 0 && strange.length === 0) return 'sure'
  // A model or a carrier that we do not know, beside a name that we do.
  if (brands > 0 && strange.length <= 3 && !device.includes(', ') && strange.every((w) => /^[\p{Lu}\p{N}]/u.test(w))) return 'sure'
  if (devices > 0 && strange.length === 0 && plain) return 'sure'
  return list.length <= 4 && list.every((w) => /^[\p{Lu}\p{N}]/u.test(w) || kind.test(w)) ? 'likely' : null
}

const opening = new RegExp(
  `^(?:${[
    'sent (?:from|via|using|with|by|through)(?: my| a| the| our)?',
    'from my',
    'composed (?:on|with|in)(?: my| a)?',
    'written (?:on|with|in)(?: my| a)?',
    'typed on(?: my| a)?',
    "envoyé (?:depuis|de|à partir de|avec|via|par)(?: mon| ma| un| une| l[’'])?",
    'enviado (?:desde|do|de|a partir do|via|com|con|usando|mediante)(?: mi| meu| o meu| um| un)?',
    'enviada (?:do|desde|a partir do)(?: meu| o meu)?',
    'enviat (?:des del|amb|des de)(?: meu)?',
    'inviato (?:da|dal|con|tramite)(?: il)?(?: mio)?',
    'gesendet (?:von|mit|über|aus)(?: meinem| meiner| einem| der)?',
    'von meinem',
    'von unterwegs',
    'diese nachricht wurde (?:von|mit)(?: meinem| einem)?',
    'verzonden (?:vanaf|met|van|via)(?: mijn| een)?',
    'verstuurd (?:vanaf|met|van|via)(?: mijn| een)?',
    'skickat (?:från|med|via)(?: min| mitt)?',
    'sendt (?:fra|med|via)(?: min| mit| mitt)?',
    'lähetetty',
    'wysłan[eoay]? (?:z|ze|przez)(?: mojego)?',
    'odesláno (?:z|ze|pomocí)(?: mého)?',
    'odoslané (?:z|zo|cez)(?: môjho)?',
    'poslano (?:sa|s|iz|z|preko)(?: mog)?',
    'trimis (?:de pe|din|cu|prin)',
    'telefonumdan',
    'elküldve',
    'отправлено (?:из|с|со|через|при помощи|с помощью)(?: моего| моей)?',
    'послано (?:из|с|со)(?: моего)?',
    'написано (?:с|в|на)(?: моего)?',
    'с моего',
    'надіслано (?:з|із|зі|через|за допомогою)(?: мого)?',
    'відправлено (?:з|із|зі|через)(?: мого)?',
    'адпраўлена з(?: майго)?',
    'изпратено от(?: моя)?',
    'послато (?:са|из|преко)(?: мог)?',
    'şuradan gönderildi',
    'dikirim dari',
    'đã gửi từ',
    'надіслано',
    'saadetud',
    'išsiųsta iš(?: mano)?',
    'nosūtīts no(?: mana)?',
  ].join('|')})\\s`,
  'iu',
)
/** These speak of the sender's own device. */
const ownDevice =
  /\b(?:my|mon|ma|mi|meu|mio|meinem|meiner|mijn|min|mitt?|mojego|mého|môjho|mog|meu)\s|(?:моего|моей|мого|майго|моя|мог|mano|mana)\s/iu
/** These name the device that it was sent from, not the way by which it went. */
const fromDevice = /\b(?:from|von|depuis|de|desde|do|da|dal|vanaf|från|fra|z|ze|iz|sa|lähetetty)\s|(?:^|\s)(?:с|со|из|з|із|зі|от)\s/iu
/** What follows a device: "Please excuse my brevity". */
const excuse =
  /[.,;!-]\s*(?:please |so |sorry |pls |bitte )*(?:excuse|forgive|pardon|typo|brevity|apolog|извин|прост|прошу прощ|вибач|entschuldig|désolé|excusez|disculp|scusa|pardon|perdona|desculp)/iu

/** Names of devices, programs and carriers; compared with the beginning of a word, so that endings do not matter. */
const brand =
  /^[«"'“]?(?:i-?phon|i-?pad|i-?pod|i-?cloud|ios|ipados|macbook|android|galaxy|samsung|huawei|honor|xiaomi|redmi|poco|pixel|nexus|nokia|lumia|htc|alcatel|blackberry|bb10|oneplus|oppo|vivo|realme|motorola|sony|xperia|ericsson|lenovo|meizu|zenfone|palm|treo|windows|outlook|hotmail|gmail|yahoo|ymail|aol|mail\.ru|mail\.com|mymail|яндекс|yandex|proton|tutanota|tuta|spark|airmail|aquamail|aqua|bluemail|typeapp|boxer|newton|cloudmagic|nine|canary|edison|superhuman|mailbird|thunderbird|k-9|k9|fairemail|fair|zimbra|zoho|gmx|web\.de|freenet|t-online|fastmail|hey|missive|front|polymail|mailspring|postbox|sparrow|mailbox|acompli|inky|verizon|vodafone|t-mobile|at&t|sprint|o2|telekom|orange|mts|мтс|мегафон|билайн|рамблер|rambler|roundcube|rainloop|horde|webmail|seamonkey|mailtime|mailmate|айфон|андроид|самсунг)/iu
/** Kinds of devices and programs. */
const kind =
  /^[«"'“]?(?:mobile|mobil|mobiel|mobilny|móvil|móvel|cellular|cell|smart|phone|smartphone|handset|tablet|handheld|device|desktop|laptop|notebook|computer|handy|telefon|téléphone|teléfono|telefone|telefoon|puhelin|puhelime|gerät|geräts|appareil|dispositiv|toestel|enhed|enhet|urządzen|zařízen|cihaz|e-?mail|mail|email|app|client|телефон|смартфон|планшет|мобильн|мобільн|устройств|пристро|приложен|застосун|клиент|почт|пошт|додат|компьютер|ноутбук|pc)/iu
const filler =
  /^(?:for|from|on|the|my|a|an|with|via|by|of|and|in|für|von|mit|meinem|einem|der|des|la|le|les|l’|mon|de|du|del|do|da|di|mi|meu|para|pour|per|um|un|una|sur|avec|op|voor|mijn|met|för|från|min|til|for|fra|z|ze|na|dla|iz|sa|pomocí|free|your|secure|безопасн\p{L}*|для|с|со|из|на|в|помощью|з|із|за|допомогою|при|помощи|моего|мого|gesendet|versendet|verschickt|gönderildi|lähetetty|küldve|wireless|lte|5g|4g|plus|pro|max|mini|ultra|edge|note|active|tab|duos|air|se|xl|xs|xr|the|all|new|neue|neuen|2-in-1|network|netz|netzwerk|system|professional|basic|lite|beta|one)$/iu

/** Lines that are one as they stand; the group is a device or program, `brand`: which we must know. */
const whole: readonly { readonly pattern: RegExp; readonly brand: boolean }[] = [
  {
    brand: true,
    pattern: /^(?:get|download|try) (?:the )?((?:outlook|bluemail|yahoo|aquamail|spark|mymail|gmail|canary|edison)\b.{0,30})$/iu,
  },
  { brand: false, pattern: /^(outlook (?:für|voor) .{2,20}) (?:beziehen|herunterladen|holen|downloaden)$/iu },
  {
    brand: false,
    pattern:
      /^(?:holen sie sich|télécharge[rz]|obtenir|obtener|obter o|scarica|ottieni|download|скачать|получить|отримати|завантажити|pobierz|pobierz program|hämta|hent|lataa|získat|stáhnout|indir|obțineți) (outlook (?:für|pour|para|per|voor|для|dla|för|til|for|pro|pre|pentru) .{2,30})$/iu,
  },
  { brand: false, pattern: /^(sent (?:from|via) mobile(?: device| phone)?)$/iu },
  { brand: false, pattern: /^(yahoo mail from mobile|sent from mailbox|bleibe sicher)$/iu },
  { brand: false, pattern: /^(\S{2,20} from mobile)$/iu },
  { brand: true, pattern: /^(?:diese nachricht wurde )?von (.{2,60}) (?:aus )?gesendet$/iu },
  { brand: true, pattern: /^(?:простите за краткость, создано в|вибачте за стислість, надіслано (?:з|через|за допомогою)?) ?(.{2,40})$/iu },
  { brand: true, pattern: /^(?:從我的|从我的) ?(.{2,20}) ?(?:傳送|发送|傳出|寄出)$/u },
  { brand: true, pattern: /^(?:发自我的|發自我的|來自我的|来自我的|发自) ?(.{2,30})$/u },
  { brand: true, pattern: /^(.{2,30})から送信(?:されました)?$/u },
  { brand: true, pattern: /^(?:나의|내) ?(.{2,20})에서 ?보냄$/u },
  { brand: true, pattern: /^(.{2,30})에서 ?보냄$/u },
  { brand: true, pattern: /^(iphone|ipad)(?:umdan|ʼumdan|’umdan|'umdan|'imden|’imden) gönderildi$/iu },
  { brand: true, pattern: /^(.{2,20}) cihazımdan gönderildi$/iu },
  { brand: true, pattern: /^(?:az )?(i(?:phone|pad))-?[oe]mr[óő]l küldve$/iu },
  { brand: true, pattern: /^(?:ν|στ)άλθηκε από (?:το )?(?:.{2,20} )?(i?\w{2,20})(?: μου)?$/iu },
  { brand: true, pattern: /^נשלח מה?-?(.{2,30})$/u },
  { brand: true, pattern: /^أُ?رسلت من (.{2,30})$/u },
]
