// Is it a delivery report? Signs in the header, the subject and the prose; one alone is not enough.
import { evidence } from './automatic.ts'
import type { ReportText } from './report-text.ts'
import { readStatusBlocks } from './delivery-status.ts'
import { sesNotification } from './ses-notification.ts'
import type { KindInput } from './input.ts'

/** The signs that convince, or nothing. */
export function bounceSigns(input: KindInput, report: ReportText): readonly string[] {
  const header = (name: string): string | undefined => input.headers.find((h) => h.name === name)?.value
  const certain: string[] = []
  const type = input.root.params.get('report-type')?.toLowerCase()
  if (input.root.type === 'multipart/report' && type === 'delivery-status')
    certain.push(evidence('content-type', 'multipart/report; report-type=delivery-status'))
  if (report.status.some((s) => readStatusBlocks(s).length > 0)) certain.push(evidence('part', 'message/delivery-status'))
  const failed = header('x-failed-recipients')
  if (failed) certain.push(evidence('x-failed-recipients', failed))
  const embedded = header('x-ms-exchange-message-is-ndr')
  if (embedded !== undefined) certain.push(evidence('x-ms-exchange-message-is-ndr', embedded))
  const ses = sesNotification(report.lines)
  if (ses === 'Bounce' || ses === 'Delivery') certain.push(evidence('line', `"notificationType":"${ses}"`))
  if (certain.length > 0) return certain

  const signs: { readonly points: number; readonly text: string }[] = []
  const from = input.facts.from
  const sender = `${from?.name ?? ''} <${from?.address ?? ''}>`
  const isDaemon = daemon.test(sender)
  if (isDaemon) signs.push({ points: 2, text: evidence('from', sender) })
  const path = input.envelopeFrom ?? input.facts.returnPath
  const isNull = path === '' || (path !== null && /^(?:mailer-daemon|postmaster)(?:@|$)/i.test(path))
  if (isNull) signs.push({ points: 2, text: evidence('return-path', `<${path}>`) })
  if (/^\s*auto-(?:replied|generated)\b.*\b(?:failure|undeliver|bounce)/i.test(header('auto-submitted') ?? ''))
    signs.push({ points: 2, text: evidence('auto-submitted', header('auto-submitted') ?? '') })
  const subject = input.facts.subject.trim()
  const isSubject = subjects.some((rule) => rule.test(subject))
  if (isSubject) signs.push({ points: 2, text: evidence('subject', subject) })
  const lines = report.lines.filter((l) => l.trim() !== '').slice(0, 120)
  const says = lines.find((l) => prose.some((rule) => rule.test(l.slice(0, 500)))) ?? joinedProse(lines)
  if (says) signs.push({ points: 2, text: evidence('line', says.trim()) })
  const reply = lines.find(
    (l) => /(?:^|[\s:;(<>])[45]\d\d[\s-](?:#?[45]\.\d\.\d|.{0,80}@)/.test(l.slice(0, 300)) || /^\s*(?:<{3}|>{3}) /.test(l),
  )
  if (reply) signs.push({ points: 1, text: evidence('line', reply.trim()) })
  if (report.original) signs.push({ points: 1, text: evidence('returned', report.original.messageId ?? report.original.subject) })

  // People quote bounces to a help desk: without a sign in the header it is their mail. An own signal word must be there too.
  const machine =
    isDaemon ||
    isNull ||
    /^\s*auto-/i.test(header('auto-submitted') ?? '') ||
    header('x-mlserver') !== undefined ||
    (isSubject && (!from?.name || robot.test(from.address)) && input.facts.inReplyTo.length === 0)
  const total = signs.reduce((n, s) => n + s.points, 0)
  return machine && (isSubject || says !== undefined) && total >= 4 ? signs.map((s) => s.text) : []
}

/** Prose wraps: two lines together may hold the phrase that neither holds alone. */
function joinedProse(lines: readonly string[]): string | undefined {
  for (const [i, line] of lines.slice(0, 40).entries()) {
    const two = `${line.trim()} ${lines[i + 1]?.trim() ?? ''}`.slice(0, 500)
    if (prose.some((rule) => rule.test(two))) return two
  }
  return undefined
}

const robot =
  /^(?:no-?reply|do-?not-?reply|bounces?|system|server|mail(?:er|server|system|admin)?|smtp|mta|admin(?:istrator)?|listserv|mmdf|root)[+@-]/i

const daemon =
  /\b(?:mailer-?daemon|mail-?daemon|post_?master|mdaemon|interscan|bounce-?notifier)@|\bmailer-?daemon\b|mail(?:er)? (?:delivery|administrator|daemon)|\bmail delivery (?:sub)?system\b|^postmaster <|microsoft outlook|content-filter at|system administrator|internet mail delivery|^<>$|delivery (?:sub)?system|delivery notification|почтовая система|служба доставки/i

const subjects: readonly RegExp[] = [
  /^(?:undeliver(?:able|ed)|undelivrable)\b/i,
  /^(?:mail|message|email|e-mail)? ?(?:delivery|delivering) (?:failure|failed|has failed|status|problem|error|notification|report|delayed|subsystem|warning)/i,
  /^(?:warning: )?(?:mail|message|e-?mail)(?: delivery)? (?:failed|failure|delivery|could not be delivered|not delivered|undeliverable|status|delayed|error|system error|bounced)/i,
  /^(?:mail|message|e-?mail) (?:has been |was |is )?(?:delayed|returned|rejected|bounced|blocked)/i,
  /^(?:delivery|non-?delivery|returned|return(?:ed)? (?:mail|message|to sender)|bounced?) ?(?:failure|status|mail|message|notification|notice|report|error|receipt|to sender)?\b.{0,20}(?::|$|\(|failure|failed|report|undeliver|user unknown|see transcript|mail|notif)/i,
  /^(?:failure|error|bounce) (?:notice|notification|report|message|delivering)/i,
  /^(?:failed|unable) (?:mail|message|delivery|to deliver)/i,
  /^(?:notice|notification|message|notify): ?(?:mail|message)? ?(?:delivery|undeliver|mail delivery)/i,
  /\b(?:could not be delivered|not delivered|undeliverable|delivery (?:has )?failed|delivery failure|returned mail|unzustellbar)\b/i,
  /^(?:\[bounce\]|postfix smtp server: errors from|mail system error|user unknown|unknown user|warning: could not send|message you sent blocked|\*\*message you sent)/i,
  /^(?:\[?mail\]? ?(?:not|non) (?:delivered|remis)|(?:benachrichtigung|mitteilung).{0,20}zustell|unzustellbar|zustellung.{0,20}(?:fehlgeschlagen|verz)|n[ãa]o entreg|falha na entrega|no se puede entregar|(?:error|fallo) (?:de|en la) entrega|devoluci[óo]n de correo|correo devuelto|[ée]chec de (?:la )?remise|non remis|mancato recapito|impossibile recapitare|mislukte? (?:bezorging|aflevering)|onbestelbaar|kan inte levereras|kunne ikke leveres|toimitus epäonnistui|nie można dostarczyć|niedostarczona?|nedoručiteln|doručení selhalo|teslim edilemedi)/i,
  /(?:не (?:может быть |была? |удалось |)(?:доставл|достав)|недоставл|сбой доставки|ошибка доставки|не доставлен|возврат письма|письмо возвращено|ваше сообщение не доставлено|невозможно доставить|отч[её]т о (?:не)?доставке|недоставлен|не вдалося доставити|не доставлено|помилка доставки)/i,
  /(?:配信不能|配送失敗|送信エラー|送信できません|メール(?:は|を)?(?:配信|送信)(?:できません|失敗)|エラーメール|退信|系统退信|無法傳遞|无法(?:投递|送达)|投递失败|배달(?:되지| 실패)|전송 ?실패|반송)/i,
]

const prose: readonly RegExp[] = [
  /(?:could|can|was|were|has|have|were|is|did) ?(?:not|n't) (?:be |been |yet been )?(?:able to )?(?:delivered|deliver|relayed|reach|sent)\b/i,
  /\b(?:cannot|couldn't|wasn't able to|were unable to|was unable to|unable to|failed to|not able to) (?:be )?(?:deliver|relay|send your (?:message|mail))/i,
  /\b(?:delivery|deliver\S*) (?:to|of|has|for)\b.{0,120}\b(?:failed|failure|delayed|not possible|impossible|unsuccessful|suspended|aborted|given up|rejected)/i,
  /\b(?:address|recipient|user|addressee)(?:es|s|\(s\)|\(es\))? (?:had|have|has|with) (?:permanent|transient|delivery|fatal|non-fatal|been undeliverable|failed|problems)/i,
  /\bqmail-(?:send|remote)\b|this is the mail system at host|i'm afraid i wasn't able to|this message was created automatically by (?:the )?mail/i,
  /\b(?:your|a|the|this) (?:message|mail|e-?mail)\b.{0,80}\b(?:undeliver|was (?:rejected|blocked|returned|bounced|refused|not (?:accepted|delivered))|has been (?:rejected|blocked|returned|delayed|refused|quarantined)|rejected|bounced|not been delivered|not delivered|did not reach|returned to (?:sender|you))/i,
  /\b(?:unknown|no such|invalid) (?:user|recipient|mailbox|address|local user|account): ?\S*@|\bunknown user\b|\buser unknown\b|mailbox (?:is )?full|\bover quota\b|is not a (?:valid|known) (?:mailbox|user|recipient)|does ?n.t have .{0,30}account/i,
  /\b(?:undeliverable|undelivered|non-?delivery|nondelivery|failed to deliver|rejected by|delivery error|delivery status notification|delivery report|bounce notification|error while (?:attempting|trying) to deliver|reason for (?:the )?(?:problem|failure|delivery))/i,
  /^\s*error: (?:invalid|unknown)|\berror message below:|transcript of session follows|message delivery has failed|problem with the e-?mail address/i,
  /\bnot (?:a )?members? of (?:this|the) (?:mailing )?list/i,
  /(?:не может быть доставлен|не было доставлен|не удалось доставить|не доставлено|невозможно доставить|доставка .{0,60}(?:невозможна|не удалась|отложена)|не смогли доставить|не вдалося доставити|не може бути доставлен|пользовател\S+ .{0,30}не (?:существует|найден))/i,
  /(?:konnte nicht (?:zugestellt|ausgeliefert)|nicht zustellbar|zustellung .{0,40}(?:fehlgeschlagen|nicht möglich)|n'a (?:pas )?pu être (?:remis|livr|délivr|distribu)|n'a pas été (?:remis|distribu)|no (?:se )?(?:pudo|ha podido|puede) (?:ser )?entrega|n[ãa]o (?:p[ôo]de|foi poss[íi]vel) (?:ser )?entreg|non (?:è stato|è possibile|può essere) (?:possibile )?(?:consegna|recapita)|kon niet worden (?:bezorgd|afgeleverd)|kunde inte levereras|kunne ikke leveres|nie (?:mogła|można|udało się) .{0,20}dostarcz|nemohla? být doručen|nepodařilo .{0,20}doručit)/i,
  /(?:配信(?:できません|不能)|送信(?:できません|に失敗)|お届けできません|配送できません|送達できません|届けることができません|无法(?:投递|送达|发送)|退回|被退回|無法(?:傳遞|送達)|전송(?:되지|할 수 없)|배달(?:되지|할 수 없))/i,
]
