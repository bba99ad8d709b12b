// The words by which mail systems of the world report that a mail did not arrive.

/** Local parts that programs write under. */
export const robot =
  /^(?:no-?reply|do-?not-?reply|bounces?|system|server|mail(?:er|server|system|admin)?|smtp|mta|admin(?:istrator)?|listserv|mmdf|root)[+@-]/i

/** Names and addresses of mail systems, in `Name <address>`. */
export const daemon =
  /\b(?:mailer-?daemon|mail-?daemon|post_?master|mdaemon|interscan|bounce-?notifier)@|\bmailer-?daemon\b|mail(?:er)? (?:delivery|administrator|daemon)|\bmail delivery (?:sub)?system\b|^postmaster <|microsoft outlook|content-filter at|system administrator|internet mail delivery|^<>$|delivery (?:sub)?system|delivery notification|почтовая система|служба доставки/i

/** Subjects of delivery reports. */
export const subjects: readonly RegExp[] = [
  /^(?:undeliver(?:able|ed)|undelivrable)\b/i,
  /^(?:mail|message|email|e-mail)? ?(?:delivery|delivering) (?:failure|failed|has failed|status|problem|error|notification|report|delayed|subsystem|warning)/i,
  /^(?:warning: )?(?:mail|message|e-?mail)(?: delivery)? (?:failed|failure|delivery|could not be delivered|not delivered|undeliverable|status|delayed|error|system error|bounced)/i,
  /^(?:mail|message|e-?mail) (?:has been |was |is )?(?:delayed|returned|rejected|bounced|blocked)/i,
  /^(?:delivery|non-?delivery|returned|return(?:ed)? (?:mail|message|to sender)|bounced?) ?(?:failure|status|mail|message|notification|notice|report|error|receipt|to sender)?\b.{0,20}(?::|$|\(|failure|failed|report|undeliver|user unknown|see transcript|mail|notif)/i,
  /^(?:failure|error|bounce) (?:notice|notification|report|message|delivering)/i,
  /^(?:failed|unable) (?:mail|message|delivery|to deliver)/i,
  /^(?:notice|notification|message|notify): ?(?:mail|message)? ?(?:delivery|undeliver|mail delivery)/i,
  /\b(?:could not be delivered|not delivered|undeliverable|delivery (?:has )?failed|delivery failure|returned mail|unzustellbar)\b/i,
  /\b(?:are|is) not (?:a )?(?:member|subscribe[rd])\b|^(?:your )?(?:post|posting|message) to .{0,60}(?:rejected|not (?:allowed|accepted|distributed))/i,
  /^(?:\[bounce\]|postfix smtp server: errors from|mail system error|user unknown|unknown user|warning: could not send|message you sent blocked|\*\*message you sent)/i,
  /^(?:\[?mail\]? ?(?:not|non) (?:delivered|remis)|(?:benachrichtigung|mitteilung).{0,20}zustell|unzustellbar|zustellung.{0,20}(?:fehlgeschlagen|verz)|n[ãa]o entreg|falha na entrega|no se puede entregar|(?:error|fallo) (?:de|en la) entrega|devoluci[óo]n de correo|correo devuelto|[ée]chec de (?:la )?remise|non remis|mancato recapito|impossibile recapitare|mislukte? (?:bezorging|aflevering)|onbestelbaar|kan inte levereras|kunne ikke leveres|toimitus epäonnistui|nie można dostarczyć|niedostarczona?|nedoručiteln|doručení selhalo|teslim edilemedi)/i,
  /(?:не (?:может быть |была? |удалось |)(?:доставл|достав)|недоставл|сбой доставки|ошибка доставки|не доставлен|возврат письма|письмо возвращено|ваше сообщение не доставлено|невозможно доставить|отч[её]т о (?:не)?доставке|недоставлен|не вдалося доставити|не доставлено|помилка доставки)/i,
  /(?:配信不能|配送失敗|送信エラー|送信できません|メール(?:は|を)?(?:配信|送信)(?:できません|失敗)|エラーメール|退信|系统退信|無法傳遞|无法(?:投递|送达)|投递失败|배달(?:되지| 실패)|전송 ?실패|반송)/i,
]

/** What only a report says, in a line or two. */
export const prose: readonly RegExp[] = [
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
