// Answers to our notification as mail programs really build them around it: text part, HTML part, or both.
import { quoted } from './desk.ts'
import type { SentMail, TestMail } from '../support/gateway.ts'

/** What the agent typed: lines of the answer, then of the block below it. */
export interface Typed {
  readonly lines: readonly string[]
  readonly signature: readonly string[]
}

export interface Client {
  readonly name: string
  build(typed: Typed, notification: SentMail): Pick<TestMail, 'text' | 'html'>
}

const esc = (s: string): string => s.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)

/** The body of the notification's HTML, as programs put it into their own. */
function inner(mail: SentMail): string {
  return /<body[^>]*>([\s\S]*)<\/body>/.exec(String(mail.mail.html))?.[1] ?? String(mail.mail.html)
}

const address = (mail: SentMail): string => mail.mail.replyTo?.value[0]?.address ?? ''
const name = (mail: SentMail): string => mail.mail.from?.value[0]?.name ?? ''

/** Hard wrapping at 72 to 78 columns, as text parts are wrapped. */
function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const out: string[] = []
      let rest = line
      while (rest.length > columns) {
        const at = rest.lastIndexOf(' ', columns)
        if (at <= 0) break
        out.push(rest.slice(0, at))
        rest = rest.slice(at + 1)
      }
      return [...out, rest]
    })
    .join('\n')
}

/** Gmail and Outlook make links of addresses. */
const linked = (line: string): string => esc(line).replace(/[\w.+-]+@[\w.-]+\.\w+/g, (a) => `<a href="mailto:${a}">${a}</a>`)
const outlookText = (line: string): string => line.replace(/[\w.+-]+@[\w.-]+\.\w+/g, (a) => `${a}<mailto:${a}>`)

export const clients: readonly Client[] = [
  {
    name: 'Gmail web, in English',
    build: ({ lines, signature }, n) => ({
      text: wrap(
        `${lines.join('\n')}\n\n-- \n${signature.join('\n')}\n\n\nOn Mon, Sep 21, 2026 at 12:00 PM ${name(n)} <\n${address(n)}> wrote:\n\n${quoted(n)}`,
        78,
      ),
      html: `<div dir="ltr">${lines.map((l) => `<div>${l === '' ? '<br>' : linked(l)}</div>`).join('')}<div><br clear="all"></div><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">${signature.map(esc).join('<br>')}</div></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, Sep 21, 2026 at 12:00\u202fPM ${esc(name(n))} &lt;<a href="mailto:${address(n)}">${address(n)}</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">${inner(n)}</blockquote></div>`,
    }),
  },
  {
    name: 'Gmail web, in Russian',
    build: ({ lines, signature }, n) => ({
      text: wrap(
        `${lines.join('\n')}\n\n-- \n${signature.join('\n')}\n\n\nпн, 21 сент. 2026 г. в 12:00, ${name(n)} <\n${address(n)}>:\n\n${quoted(n)}`,
        78,
      ),
      html: `<div dir="ltr">${lines.map((l) => (l === '' ? '<br>' : `${linked(l)}<br>`)).join('')}<br>-- <br><div dir="ltr" class="gmail_signature">${signature.map(esc).join('<br>')}</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">пн, 21 сент. 2026 г. в 12:00, ${esc(name(n))} &lt;<a href="mailto:${address(n)}">${address(n)}</a>&gt;:<br></div><blockquote class="gmail_quote">${inner(n)}</blockquote></div>`,
    }),
  },
  {
    name: 'Outlook desktop',
    build: ({ lines, signature }, n) => ({
      text: `${lines.map(outlookText).join('\n')}\n\n--\n${signature.join('\n')}\n\nFrom: ${name(n)} <${address(n)}>\nSent: Monday, September 21, 2026 12:00 PM\nTo: Agent\nSubject: ${n.mail.subject ?? ''}\n\n${n.mail.text ?? ''}`,
      html: `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0cm}</style></head><body lang="RU" link="#0563C1"><div class="WordSection1">${lines.map((l) => `<p class="MsoNormal"><span lang="EN-US" style="font-size:11.0pt">${l === '' ? '<o:p>&nbsp;</o:p>' : `${linked(l).replace(' ', '&nbsp;')}<o:p></o:p>`}</span></p>`).join('\n')}<p class="MsoNormal">--<o:p></o:p></p>${signature.map((s) => `<p class="MsoNormal">${esc(s)}<o:p></o:p></p>`).join('')}<p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> ${esc(name(n))} &lt;${address(n)}&gt;<br><b>Sent:</b> Monday, September 21, 2026 12:00 PM<br><b>To:</b> Agent<br><b>Subject:</b> ${esc(n.mail.subject ?? '')}<o:p></o:p></p></div></div><p class="MsoNormal"><o:p>&nbsp;</o:p></p>${inner(n).replaceAll('id="postern', 'id="x_postern').replaceAll('class="postern', 'class="x_postern')}</div></body></html>`,
    }),
  },
  {
    name: 'Outlook desktop in Russian, without any mark before the signature',
    build: ({ lines, signature }, n) => ({
      html: `<html><body><div class="WordSection1">${lines.map((l) => `<p class="MsoNormal">${l === '' ? '&nbsp;' : linked(l)}</p>`).join('\n')}<p class="MsoNormal">&nbsp;</p>${['С уважением,', ...signature].map((s) => `<p class="MsoNormal">${esc(s)}</p>`).join('')}<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>От:</b> ${esc(name(n))} [mailto:${address(n)}]<br><b>Отправлено:</b> 21 сентября 2026 г. 12:00<br><b>Кому:</b> Агент<br><b>Тема:</b> ${esc(n.mail.subject ?? '')}</p></div>${inner(n)}</div></body></html>`,
    }),
  },
  {
    name: 'Apple Mail on an iPhone',
    build: ({ lines }, n) => ({
      text: `${lines.map((l) => l.replace(/^@(.)/u, (_, c: string) => `@${c.toUpperCase()}`)).join('\n')}\n\nОтправлено с iPhone\n\n> 21 сент. 2026 г., в 12:00, ${name(n)} <${address(n)}> написал(а):\n> \n> ${quoted(
        n,
      )
        .split('\n')
        .map((l) => l.replace(/^> ?/, '\ufeff'))
        .join('\n> ')}`,
      html: `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">${lines.map((l) => (l === '' ? '<div><br></div>' : `<div>${linked(l.replace(/^@(.)/u, (_, c: string) => `@${c.toUpperCase()}`))}</div>`)).join('')}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Отправлено с iPhone</div><div dir="ltr"><br><blockquote type="cite">21 сент. 2026 г., в 12:00, ${esc(name(n))} &lt;${address(n)}&gt; написал(а):<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">\ufeff${inner(n)}</div></blockquote></body></html>`,
    }),
  },
  {
    name: 'Thunderbird',
    build: ({ lines, signature }, n) => ({
      text: `${lines.join('\n')}\n\n-- \n${signature.join('\n')}\n\n21.09.2026 12:00, ${name(n)} пишет:\n${quoted(n)}`,
      html: `<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body><p>${lines.map(linked).join('<br>\n')}</p><div class="moz-signature">-- <br>${signature.map(esc).join('<br>')}</div><div class="moz-cite-prefix">21.09.2026 12:00, ${esc(name(n))} пишет:<br></div><blockquote type="cite" cite="mid:${(n.mail.messageId ?? '').replace(/[<>]/g, '')}">${inner(n)}</blockquote></body></html>`,
    }),
  },
  {
    name: 'Yandex',
    build: ({ lines, signature }, n) => ({
      text: `${lines.join('\n')}\n\n-- \n${signature.join('\n')}\n\n----------------\nКому: Агент (agent@agents.test);\nТема: ${n.mail.subject ?? ''};\n21.09.2026, 12:00, "${name(n)}" <${address(n)}>:\n\n${quoted(n)}`,
      html: `${lines.map((l) => `<div>${l === '' ? '&nbsp;' : linked(l)}</div>`).join('')}<div>&nbsp;</div><div>--&nbsp;</div><div>${signature.map(esc).join('<br />')}</div><div>&nbsp;</div><div>&nbsp;</div><div>----------------</div><div>Кому: Агент (agent@agents.test);</div><div>Тема: ${esc(n.mail.subject ?? '')};</div><div>21.09.2026, 12:00, "${esc(name(n))}" &lt;${address(n)}&gt;:</div><blockquote>${inner(n)}</blockquote>`,
    }),
  },
  {
    name: 'Mail.ru',
    build: ({ lines, signature }, n) => ({
      text: `\n${lines.join('\n')}\n\n--\n${signature.join('\n')}\n \n \n>Понедельник, 21 сентября 2026, 12:00 +03:00 от ${name(n)} <${address(n)}>:\n> \n${quoted(n).replace(/^> ?/gm, '>')}`,
      html: `<HTML><BODY>${lines.map((l) => `<div>${l === '' ? '&nbsp;' : linked(l)}</div>`).join('')}<div>&nbsp;</div><div data-signature-widget="container"><div data-signature-widget="content"><div>--<br>${signature.map(esc).join('<br>')}</div></div></div><div>&nbsp;</div><div class="mail-quote-collapse"><blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">Понедельник, 21 сентября 2026, 12:00 +03:00 от ${esc(name(n))} &lt;<a href="/compose?To=${address(n)}">${address(n)}</a>&gt;:<br>&nbsp;<div id=""><div class="js-helper js-readmsg-msg">${inner(n)}</div></div></blockquote></div></BODY></HTML>`,
    }),
  },
]
