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
  [
    /\b(?:user|recipient|mailbox|account|address|addressee|alias)\b.{0,40}\b(?:unknown|not (?:found|known|listed|exist)|does(?:n't| not) exist|do not exist|disabled|inactive|unavailable|invalid|rejected)|\b(?:unknown|invalid|no such|non-?existent|bad|illegal) (?:user|recipient|mailbox|address|account|local part|addressee)|couldn't be found|wasn't found|no mailbox here by that name|not our customer|isn't in my list|does(?:n't| not) have .{0,40}account/i,
    '5.1.1',
  ],
  [
    /(?:пользовател|ящик|адрес|получател)\S* .{0,40}(?:не существует|не найден|не зарегистрирован|заблокирован|отключ[её]н|неизвест)|(?:нет такого|несуществующ|неизвестн)\S* (?:пользовател|ящик|адрес|получател)/i,
    '5.1.1',
  ],
  [
    /\b(?:mailbox|quota|mail ?box|inbox|account)\b.{0,40}\b(?:full|exceed|over|limit)|over ?quota|quota exceeded|exceed\S* .{0,30}quota|переполнен|превышен\S* (?:квот|лимит|размер ящик)/i,
    '5.2.2',
  ],
  [/\b(?:message|mail)\b.{0,30}\b(?:too (?:big|large)|size exceeds|exceeds .{0,20}size)/i, '5.3.4'],
  [
    /\b(?:host|domain|name server|dns)\b.{0,60}\b(?:not found|unknown|does(?:n't| not) exist|no mx|invalid|unrouteable|lookup failed)|unrouteable address|unroutable|couldn't find any host|host unknown|no route to (?:domain)|bad destination/i,
    '5.1.2',
  ],
  [
    /\btemporar|\bdeferred\b|will (?:be |keep )?(?:retr|try|trying)|not yet been delivered|delay(?:ed)?\b|warning: message|временн|повторн\S* попыт/i,
    '4.0.0',
  ],
  [
    /(?:connection|connect|operation|session|conversation) .{0,30}(?:timed out|refused|reset|lost|failed)|timeout|timed out|too long in the queue|queue too long|retry time(?:out)?|could not be (?:delivered|sent) (?:for|within|after) .{0,20}(?:day|hour)|expired|не удалось (?:соединиться|подключиться)|истек/i,
    '4.4.7',
  ],
  [/\b(?:permanent(?:ly)?|fatal)\b|постоянн\S* ошиб/i, '5.0.0'],
]
