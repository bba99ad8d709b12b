// Status codes in the words of mail systems: enhanced codes (RFC 3463), reply codes (RFC 5321), or what the prose means.

/** `d.d.d` that the text states or means; '' where it says nothing. */
export function statusIn(text: string): string {
  return enhanced(text) || replyCode(text) || meaning(text)
}

/** The first enhanced code of a failure, or '': `550 5.1.1`, `#5.1.1`, `(#4.4.1)`, but no success, IP address or version. */
export function enhanced(text: string): string {
  return /(?:^|[^\d.])([45]\.\d\.\d{1,3})(?![\d.]*\.?\d)/.exec(text)?.[1] ?? ''
}

/** A basic reply code as a status: `550 ` is 5.0.0. Only where it looks like a reply, not like any number. */
export function replyCode(text: string): string {
  const code = /(?:^|[\s:;,(<>="'#[])([45][0-5]\d)(?=[\s\-#:;,)>\]]|$)/.exec(text)?.[1]
  return code ? `${code.charAt(0)}.0.0` : ''
}

/** What the words mean where no code stands. */
export function meaning(text: string): string {
  return meanings.find(([rule]) => rule.test(text))?.[1] ?? ''
}

const meanings: readonly (readonly [RegExp, string])[] = [
  // Full at every attempt until the time was over: refused for the time being, each time.
  [/\b(?:mailbox|mail ?box|inbox|quota)\b.{0,60}\b(?:full|exceeded|over)\b.{0,60}\bretry time/i, '4.2.2'],
  [
    /\b(?:user|recipient|mailbox|account|address|addressee|alias)\b.{0,40}\b(?:unknown|not (?:found|known|listed|exist)|does(?:n't| not) exist|do not exist|disabled|inactive|unavailable|invalid|rejected)|\b(?:unknown|invalid|no such|non-?existent|bad|illegal) (?:user|recipient|mailbox|address|account|local part|addressee)|couldn't be found|wasn't found|no mailbox here by that name|not our customer|isn't in my list|does(?:n't| not) have .{0,40}account/i,
    '5.1.1',
  ],
  [
    /(?:пользовател|ящик|адрес|получател)\S{0,20} .{0,40}(?:не существует|не найден|не зарегистрирован|заблокирован|отключ[её]н|неизвест)|(?:нет такого|несуществующ|неизвестн)\S{0,20} (?:пользовател|ящик|адрес|получател)/i,
    '5.1.1',
  ],
  [
    /\b(?:mailbox|quota|mail ?box|inbox|account)\b.{0,40}\b(?:full|exceed|over|limit)|over ?quota|quota exceeded|exceed\S{0,10} .{0,30}quota|переполнен|превышен\S{0,5} (?:квот|лимит|размер ящик)/i,
    '5.2.2',
  ],
  // A full mailbox: German, Dutch, French, Spanish, Portuguese, Italian, Polish, Czech, Turkish, Ukrainian
  [
    /(?:postfach|mailbox|quota|kontingent|speicher\S{0,20})\b.{0,40}(?:\bvoll\b|überfüllt|überschritten|erschöpft)|(?:postvak|mailbox) (?:is )?vol\b|bo[îi]te .{0,30}(?:pleine|satur)|quota .{0,20}d[ée]pass|buz[óo]n .{0,30}(?:lleno|excedid)|(?:cuota|cota) .{0,20}(?:exced|super)|caixa .{0,30}cheia|casella .{0,30}piena|skrzynk\S{1,3} .{0,40}(?:pełn|przepełn)|schránk\S{1,2} .{0,30}(?:pln[áéý]|přepln)|kutusu .{0,20}dolu|скриньк\S{0,3} .{0,40}(?:переповнен|заповнен)/iu,
    '5.2.2',
  ],
  // The same in Japanese, Chinese and Korean
  [
    /(?:受信箱|受信ボックス|メールボックス|メール容量|容量|保存領域).{0,24}(?:いっぱい|一杯|満杯|満タン|超過|超え|オーバー|上限|不足)|(?:邮箱|郵箱|信箱|收件箱|空间|空間|容量).{0,12}(?:已满|已滿|满了|滿了|超出|超过|超過|不足)|(?:메일함|편지함|사서함|용량).{0,12}(?:가득|초과|부족)/,
    '5.2.2',
  ],
  // Nobody there: the same languages
  [
    /(?:empfänger|benutzer|adresse|postfach|konto)\S{0,20}\b.{0,40}(?:unbekannt|existiert nicht|nicht gefunden|nicht vorhanden|ungültig|gesperrt|deaktiviert)|(?:unbekannter?|ungültiger?) (?:empfänger|benutzer|adress)|(?:ontvanger|gebruiker|adres)\b.{0,30}(?:onbekend|bestaat niet|niet gevonden)|onbekende (?:gebruiker|ontvanger)|(?:utilisateur|destinataire|adresse|bo[îi]te)\b.{0,40}(?:inconnue?|n'existe pas|introuvable|inexistante?|invalide|désactivé)|(?:usuario|destinatario|direcci[óo]n|buz[óo]n|cuenta)\b.{0,40}(?:desconocid|no existe|no encontrad|inv[áa]lid|deshabilitad)|(?:usu[áa]rio|destinat[áa]rio|endereço|caixa postal|conta)\b.{0,40}(?:desconhecid|n[ãa]o existe|inexistente|n[ãa]o encontrad|inv[áa]lid)|(?:utente|destinatario|indirizzo|casella)\b.{0,40}(?:sconosciut|non esiste|inesistente|non trovat)|(?:użytkownik|odbiorc|adres|skrzynk|konto)\S{0,20}.{0,40}(?:nie istnieje|nieznan|nie znaleziono|nieprawidłow)|(?:uživatel|příjemce|adresa|schránka)\b.{0,40}(?:neexistuje|neznám|nenalezen)|(?:kullanıcı|alıcı|adres)\S{0,20}.{0,30}(?:bulunamadı|bilinmiyor|mevcut değil)|(?:користувач|отримувач|адрес|скриньк)\S{0,20}.{0,40}(?:не існує|не знайден|невідом)/iu,
    '5.1.1',
  ],
  [
    /(?:宛先|あて先|アドレス|ユーザー?|受信者|メールボックス).{0,24}(?:存在しま|存在しない|見つかり|不明|無効|登録されて)|(?:收件人|收件者|用户|用戶|邮箱|郵箱|地址|帐号|账号|帳號).{0,14}(?:不存在|未找到|找不到|无效|無效|不正确|已停用|被禁用)|(?:수신자|사용자|주소|계정).{0,14}(?:존재하지|없습니다|찾을 수)/,
    '5.1.1',
  ],
  [/\b(?:message|mail)\b.{0,30}\b(?:too (?:big|large)|size exceeds|exceeds .{0,20}size)/i, '5.3.4'],
  [
    /\b(?:host|domain|name server|dns)\b.{0,60}\b(?:not found|unknown|does(?:n't| not) exist|no mx|invalid|unrouteable|lookup failed)|unrouteable address|unroutable|couldn't find any host|host unknown|no route to (?:domain)|bad destination/i,
    '5.1.2',
  ],
  [
    /\btemporar|\bdeferred\b|will (?:be |keep )?(?:retr|try|trying)|not yet been delivered|delay(?:ed)?\b|warning: message|временн|повторн\S{0,5} попыт/i,
    '4.0.0',
  ],
  [
    /(?:connection|connect|operation|session|conversation) .{0,30}(?:timed out|refused|reset|lost|failed)|timeout|timed out|too long in the queue|queue too long|retry time(?:out)?|could not be (?:delivered|sent) (?:for|within|after) .{0,20}(?:day|hour)|expired|не удалось (?:соединиться|подключиться)|истек/i,
    '4.4.7',
  ],
  [/\b(?:permanent(?:ly)?|fatal)\b|постоянн\S{0,5} ошиб/i, '5.0.0'],
]
