// The warnings that mail gateways put above other people's words: "CAUTION: This email originated from outside of the organization."
//
// They are nobody's words, and must not stand before a command. One is believed only at the top, as a whole paragraph that warns, speaks
// of a mail and of its coming from outside, and says nothing of its author: no greeting, no "I", no question.
import type { Line } from './lines.ts'
import { hasWords } from './lines.ts'

const MAX_LENGTH = 700
/** Lines that are looked at above the first words. */
const REACH = 14

/** The lines of such warnings at the top. Empty where nothing else is said below them. */
export function gatewayBanner(lines: readonly Line[]): ReadonlySet<number> {
  const found = new Set<number>()
  let i = 0
  while (i < lines.length && i < REACH + found.size) {
    if (!hasWords(lines[i]?.text ?? '')) {
      i += 1
      continue
    }
    const end = bannerEnd(lines, i)
    if (end < 0) break
    for (let k = i; k <= end; k += 1) found.add(k)
    i = end + 1
  }
  return found.size > 0 && lines.some((l, k) => !found.has(k) && hasWords(l.text)) ? found : new Set()
}

/** The last line of the warning that begins here, or -1. */
function bannerEnd(lines: readonly Line[], start: number): number {
  const first = lines[start]
  if (first === undefined || first.depth > 0) return -1
  if (first.text.includes('PfptBannerStart') || /^ZjQcmQRYFpfptBannerStart/.test(first.text)) {
    const end = lines.findIndex((l, i) => i >= start && i < start + 20 && /PfptBannerEnd/i.test(l.text))
    if (end >= 0) return end
  }
  if (tag.test(first.text) || firstContact.test(first.text.slice(0, MAX_LENGTH))) return start
  let text = ''
  for (let i = start; i < lines.length && i < start + 8; i += 1) {
    const line = lines[i]?.text ?? ''
    if (line === '' || text.length + line.length > MAX_LENGTH) break
    text = `${text} ${line}`.trim()
    // A paragraph ends where the next line is blank, or where this one is a whole warning by itself.
    const whole = isWarning(text)
    const next = lines[i + 1]?.text ?? ''
    if (whole && (next === '' || /^[-–—=_*]{3,}$/.test(next) || (/[.!*\])]$/.test(line) && !more.test(next)))) return i
  }
  return -1
}

function isWarning(text: string): boolean {
  const words = text.toLowerCase()
  if (!opening.test(words) || author.test(words) || /[?？]/.test(words)) return false
  return outside.test(words) && mail.test(words) && (careful.test(words) || starts.test(words))
}

/** A tag alone on its line: `[EXTERNAL]`, `*** EXTERNAL EMAIL ***`. */
const tag =
  /^[[(*<\s!⚠️-]{0,6}(?:external(?: e-?mail| sender| message| mail)?|external:? (?:e-?mail|sender)|extern(?:e)?(?: e-?mail| nachricht| absender)?|e-?mail extern[eao]?|courriel externe|correo externo|mensaje externo|posta esterna|messaggio esterno|externe e-?mail|wiadomość zewnętrzna|внешн(?:ее|яя|ий) (?:письмо|почта|сообщение|отправитель)|зовнішн(?:ій|я|є) (?:лист|пошта|повідомлення|відправник)|外部邮件|外部メール)[\])*>\s!:.-]{0,6}$/iu
/** Exchange and Outlook: the first mail of somebody. */
const firstContact =
  /aka\.ms\/learnaboutsenderidentification|^(?:you don['’]t often get e-?mail from|some people who received this message don['’]t often get e-?mail from|sie erhalten nicht (?:oft|häufig) (?:eine )?e-?mails? von|vous n['’](?:obtenez|avez) pas souvent|vous ne recevez pas souvent|no suele recibir (?:correo|correos|mensajes)|non si ricev(?:e|ono) spesso|non ricevi spesso|u ontvangt niet vaak e-?mail|nie otrzymujesz często|rzadko otrzymujesz|вы (?:не часто|нечасто|редко) получаете|ви (?:не часто|нечасто|рідко) отримуєте|não costuma receber|você não costuma receber|normalmente não recebe|du får (?:inte|ikke) ofte|du får inte ofta|du modtager ikke ofte|et saa usein|nedostáváte často)/iu
/** How a warning opens. */
const starts =
  /^[[(*<\s!⚠️:|-]{0,8}(?:caution|warning|attention|alert|notice|security|important|external|achtung|vorsicht|warnung|hinweis|attention|avertissement|prudence|atención|advertencia|precaución|aviso|cuidado|atenção|attenzione|avviso|let op|waarschuwing|uwaga|ostrzeżenie|ostrożnie|внимание|осторожно|предупреждение|увага|обережно|попередження|obs|varning|advarsel|bemærk|huomio|varoitus|pozor|upozornění|dikkat|uyarı|figyelem|atenție|внимание|注意|警告|주의)/iu
const opening = new RegExp(
  `${starts.source}|^[[(*<\\s!⚠️:|-]{0,8}(?:this (?:e-?mail|message|mail)|the sender of this|diese (?:e-?mail|nachricht|mail)|ce (?:message|courriel|mail|e-mail)|cet e-?mail|est[ea] (?:correo|mensaje|e-?mail|mensagem)|quest[ao] (?:e-?mail|messaggio|mail)|deze (?:e-?mail|bericht)|dit bericht|ta wiadomość|ten e-?mail|это (?:письмо|сообщение)|данное (?:письмо|сообщение)|письмо (?:получено|пришло|отправлено)|сообщение (?:получено|пришло|отправлено)|цей лист|це повідомлення|лист (?:отримано|надійшов)|det (?:här|her)|denne (?:e-?mail|e-?post|mail|meddelelse)|detta (?:mail|e-?post)|tämä (?:viesti|sähköposti)|tento e-?mail|tato zpráva|bu e-?posta|bu ileti|此邮件|この?メール)`,
  'iu',
)
const outside =
  /external|outside|originated from|extern|außerhalb|extérieur|l['’]extérieur|externo|fuera de|fora d|esterno|dall['’]esterno|buiten|zewnętrz|spoza|внешн|извне|вне (?:вашей |нашей )?(?:организац|компан)|из-за пределов|за пределами|зовнішн|ззовні|поза (?:межами|вашою)|utenfor|udefra|uden for|ekstern|utanför|utifrån|ulkopuol|externí|mimo (?:vaši |naši )?organiz|zvenčí|dış|kívül|külső|din afara|外部|외부/iu
const mail =
  /mail|messag|nachricht|courriel|correo|mensaje|mensagem|messaggio|bericht|wiadomo|письм|сообщен|лист|повідомл|meddel|viesti|sähköposti|e-?post|zpráv|posta|sender|отправител|відправник|absender|expéditeur|remitente|remetente|mittente|afzender|nadaw|邮件|メール|메일/iu
const careful =
  /click|links?\b|attachment|caution|careful|trust|recogni[sz]e|safe|phishing|suspicious|verify|klick|anh[aä]ng|vorsicht|vertrau|sicher|liens?\b|pièces? jointe|cliqu|prudence|confiance|enlace|adjunto|clic|precauci|confia|anexo|cuidado|collegament|allegat|attenzione|fidat|bijlage|klik|vertrouw|załącznik|link|ostrożn|zaufan|вложен|ссылк|осторожн|довер|уверен|вкладен|посилан|обережн|довір|bilag|vedlegg|länk|bifogad|liitte|linkk|přílo|odkaz|ek(?:ler|i)|bağlant|添付|リンク|附件|链接|링크|첨부/iu
/** Words of an author, which no warning has. */
const author =
  /(?:^|[^\p{L}'’])(?:i|i['’]m|i['’]ve|my|we|me|hi|hello|dear|thanks|thank|ich|wir|mein|meine|mir|hallo|danke|guten|je|j['’]ai|mon|nous|bonjour|merci|yo|mi|hola|gracias|eu|meu|olá|obrigad[oa]|io|mio|ciao|buongiorno|grazie|ik|wij|mijn|beste|ja|mój|dzień dobry|cześć|dziękuję|я|мне|меня|мой|моя|мы|нам|здравствуйте|привет|спасибо|пожалуйста|добрый|мені|ми|дякую|вітаю|доброго)(?:$|[^\p{L}'’])/iu
/** A further sentence of the same warning. */
const more =
  /^(?:do not|don['’]t|please|never|if you|unless|links|klicken|öffnen|bitte|ne |n['’]|no |non |nie |klik|open |не |если|будьте|перейд|відкр)/iu
