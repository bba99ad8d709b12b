// What the words of a report mean as a whole: a status where a stretch of it states none, and whether trying goes on.
import { enhanced, meaning, replyCode } from './smtp-status.ts'

/** What a report says as a whole, found once and only when asked for. */
export interface WholeReport {
  /** The status that a stretch of the report states, else the whole of it, else what the words mean; '' where they mean nothing. */
  statusOf(about: string): string
  /** Nobody has failed yet: the mail system says that it goes on trying. */
  readonly delaying: boolean
}

/** `text`: the report's own words, without what it returns. */
export function wholeReport(text: string): WholeReport {
  let code: string | undefined
  let meant: string | undefined
  let patient: boolean | undefined
  return {
    statusOf(about) {
      const stated = enhanced(about) || replyCode(about) || (code ??= enhanced(text) || replyCode(text))
      if (stated !== '') return stated
      const meaningful = meaning(about) || (meant ??= meaning(text))
      // "This is a permanent error" over "retry timeout exceeded": the mail system gave up for good. A full mailbox can be emptied
      // (RFC 3463 §3.3: a persistent transient failure), and was only given up after a time.
      if (!meaningful.startsWith('4') || !permanent.test(text)) return meaningful
      return meaningful === '4.2.2' ? meaningful : `5${meaningful.slice(1)}`
    },
    get delaying() {
      return (patient ??= goesOnTrying(text))
    },
  }
}

/** Wraps count as blanks: mail systems break their sentences anywhere. */
function goesOnTrying(text: string): boolean {
  const words = text.slice(0, 50_000).replace(/\s+/g, ' ')
  return trying.some((rule) => rule.test(words)) && !ended.test(words)
}

const permanent = /\b(?:permanent(?:ly)? (?:error|failure|fatal|failed)|failed permanently)\b/i

/** Trying has come to its end, whatever else the text says of trying. "Will give up" speaks of a time to come. */
const ended =
  /\b(?:(?:have|has|i've|we've|had) given up|gave up|giving up on|will not be (?:re-?tried|re-?attempted)|no (?:further|more) (?:delivery )?(?:attempts|tries|retries)|stopped trying|not be (?:re-?tried|attempted) (?:again|any)|failed permanently|permanent(?:ly)? (?:error|failure|failed))\b|попытки (?:доставки )?прекращен/i

/** A mail system's words for "not yet": that it goes on, keeps the mail, or only warns. */
const trying: readonly RegExp[] = [
  /\bwarning: message|\b(?:this is (?:only )?an? )?warning (?:message )?only\b|\btemporary failure report|\bonly a (?:warning|temporary)\b|\btemporarily deferred|\bstill (?:being )?(?:trying|retrying|queued|undelivered|in (?:the |our )?(?:mail )?queue|on (?:the |our )?(?:mail )?queue)\b/i,
  /\b(?:message|mail|delivery|e-?mail|letter|it)(?: \S{1,40}){0,6} (?:is|was|has been|have been|been|are|being) (?:\w{1,20} )?delayed\b|\bdelayed (?:message|mail|delivery|for (?:more|over|the last|at least)? ?\d)|\bdelivery delay(?:ed)?\b|\bdelay reason\b/i,
  /\b(?:has|have|was|were|is|could|can)(?: ?not|n't) (?:yet )?(?:be |been )?(?:yet )?(?:delivered|sent|handed over|accepted|transmitted|transferred)\b[^.:;]{0,60}\byet\b|\bnot yet (?:be(?:en)? )?(?:delivered|sent|able|possible|reached|accepted|handed)/i,
  /\b(?:will|shall|is going to|are going to) (?:be (?:re-?tried|re-?attempted|tried again|attempted again|kept|held in|queued)|continue|keep (?:on )?(?:trying|retrying|attempting)|go on trying|try (?:again|to (?:deliver|send|reach))|re-?try|re-?attempt|make (?:further|more|another|additional))\b/i,
  /\b(?:continues?|continuing|keeps?|goes on|carry on) (?:to (?:try|attempt|retry|be (?:tried|retried))|trying|retrying|attempting)\b|\b(?:attempts?|tries|retries|retrying|delivery) (?:will|is going to|are going to) (?:go on|continue|be (?:continued|repeated|made|resumed))\b|\b(?:next|further|more|additional|subsequent) (?:delivery )?(?:attempts?|try|tries|retry|retries) (?:will|in|at|is|are|to)\b/i,
  /\bno action (?:is )?(?:required|needed|necessary)\b|\b(?:do|need|must|should) ?(?:not|n't) (?:need to |have to |try to )?re-?send\b|\bno need to re-?send\b|\b(?:remains?|stays?|kept|held|left|sits?) (?:in|on) (?:the|our) (?:\w{1,20} )?(?:queue|spool)\b/i,
  // German, Dutch, Scandinavian
  /\b(?:wird|werden) (?:weiter(?:hin)?|erneut|noch|nochmals|wiederholt)\b.{0,60}\b(?:versuch|zugestellt|zustell)|\b(?:weitere|erneute|nächste)r? (?:zustell)?versuch|zustellung.{0,40}(?:verzögert|verzoegert)|noch nicht (?:zugestellt|ausgeliefert|übermittelt)|\bvertraagd\b|\bnog niet (?:bezorgd|afgeleverd)|opnieuw (?:proberen|geprobeerd)|\bförsenad|försinka|\bforsinket\b|ännu inte levererats|fortsätter att försöka/i,
  // French, Spanish, Portuguese, Italian
  /\b(?:nouvelles?|prochaines?|autres?) tentatives?\b|\bretardé|pas encore (?:été |pu être )?(?:remis|distribu|livr|délivr)|continuer(?:a|ons|ont)? (?:à|d') ?(?:essayer|tenter)|\b(?:se )?(?:seguir[áa]|continuar[áa])n? (?:intentando|con los intentos|tentando|a tentar)|\bretrasad|todav[íi]a no (?:se )?(?:ha|pudo)|a[úu]n no (?:se )?ha|\b(?:nuevos|novas?|nuovi|ulteriori|prossim\S) (?:intentos|tentativas?|tentativi)|ainda não (?:foi|p[ôo]de)|\batrasad|non [èe] (?:stato )?ancora|in ritardo|verr[àa] ritentat/i,
  // Polish, Czech, Slovak, Hungarian, Turkish
  /\bopóźni(?:ona|one|ony|enie)|jeszcze nie (?:został|dostarcz)|kolejn\S{1,4} prób|\bponown\S{1,4} prób|\bzpožděn|zatím (?:nebyla?|nebylo) doruč|další pokus|\boneskoren|késleltet|még nem (?:sikerült|kézbes)|\bgecik(?:ti|me|miş)|henüz teslim/i,
  // Russian, Ukrainian, Bulgarian
  /попытк\S{0,3} .{0,60}(?:продолж|повтор|возобнов)|(?:продолж\S{1,8}|повтор\S{1,8}|возобнов\S{1,8}) (?:\S{1,20} ){0,2}попыт|(?:пока|ещ[её]) не (?:было? |был[аи]? |удалось )?(?:доставлен|доставить|отправлен|передан)|задерж(?:ано|ана|ан|ива|ка доставки)|(?:спроб\S{0,3} .{0,60}(?:продовж|повтор))|(?:поки|ще) не (?:було |був |вдалося )?доставлен|затриман|все още не е доставен|забавен/i,
  // Japanese, Chinese, Korean
  /(?:まだ|未だ).{0,20}(?:配信|送信|届|配達|配送).{0,12}(?:ていません|ておりません|きていません|きません)|(?:再送|再配信|再試行|配信|送信)を?(?:試み|繰り返し|続け|継続|行い)(?:続け|てい|ます)|遅延(?:し|の|通知|が)|遅れています|(?:尚未|还未|還未).{0,6}(?:送达|投递|送達|投遞)|(?:继续|繼續|稍后|稍後|自动|自動).{0,6}(?:重试|重試|尝试|嘗試|投递|投遞)|(?:延迟|延遲|延误|延誤)|(?:지연|재시도|다시 시도)/,
]
