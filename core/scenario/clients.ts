// How mail programs quote what they answer: the shapes that the cutting of quotes has to know, in the words of each program.
import { escapeHtml } from '../base/escape.ts'
import type { ReadMail } from '../mail/read.ts'
import type { clientNames } from './format.ts'

/** A mail program by the name that scenario files use; `none` quotes nothing. */
export type Client = (typeof clientNames)[number]

/** The bodies that a mail program makes of an answer; `html` null: plain text alone. */
export interface Written {
  readonly text: string
  readonly html: string | null
}

/** The new words above the mail that is answered. */
export function quote(client: Client, words: string, answered: ReadMail, sentAt: number): Written {
  return shapes[client](words, facts(answered, sentAt))
}

interface Facts {
  readonly name: string
  readonly address: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly date: Date
}

function facts(mail: ReadMail, sentAt: number): Facts {
  return {
    name: mail.from?.name || mail.from?.address || '',
    address: mail.from?.address ?? '',
    to: mail.to.map((p) => p.address).join('; '),
    subject: mail.subject,
    text: mail.text.replace(/\n+$/, ''),
    html: mail.html ?? escapeHtml(mail.text).replace(/\n/g, '<br>'),
    date: new Date(mail.dateMs ?? sentAt),
  }
}

const paragraphs = (text: string): string =>
  text
    .split('\n')
    .map((line) => `<div>${escapeHtml(line) || '<br>'}</div>`)
    .join('')
const marked = (text: string): string =>
  text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
const formats = new Map<string, Intl.DateTimeFormat>()
/** Formats are kept: making one takes longer than everything else about a mail. */
function when(date: Date, locale: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale} ${JSON.stringify(options)}`
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options })
  formats.set(key, format)
  return format.format(date)
}

const shapes: Readonly<Record<Client, (words: string, m: Facts) => Written>> = {
  none: (words) => ({ text: words, html: null }),
  gmail(words, m) {
    const line = `On ${when(m.date, 'en-US', { weekday: 'short', month: 'short', day: 'numeric', year: 'numeric' })} at ${when(m.date, 'en-US', { hour: 'numeric', minute: '2-digit' })} ${m.name} <${m.address}> wrote:`
    return {
      text: `${words}\n\n${line}\n\n${marked(m.text)}\n`,
      html: `<div dir="ltr">${paragraphs(words)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">${escapeHtml(line)}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">${m.html}</blockquote></div>`,
    }
  },
  outlook(words, m) {
    const sent = when(m.date, 'en-US', {
      weekday: 'long',
      month: 'long',
      day: 'numeric',
      year: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
    })
    return {
      text: `${words}\n\n________________________________\nFrom: ${m.name} <${m.address}>\nSent: ${sent}\nTo: ${m.to}\nSubject: ${m.subject}\n\n${m.text}\n`,
      html: `<div class="elementToProof">${paragraphs(words)}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif"><b>From:</b> ${escapeHtml(m.name)} &lt;${m.address}&gt;<br><b>Sent:</b> ${sent}<br><b>To:</b> ${escapeHtml(m.to)}<br><b>Subject:</b> ${escapeHtml(m.subject)}</font><div>&nbsp;</div></div>${m.html}`,
    }
  },
  apple(words, m) {
    const line = `On ${when(m.date, 'en-GB', { day: 'numeric', month: 'short', year: 'numeric' })}, at ${when(m.date, 'en-GB', { hour: '2-digit', minute: '2-digit' })}, ${m.name} <${m.address}> wrote:`
    return {
      text: `${words}\n\n> ${line}\n> \n${marked(m.text)}\n`,
      html: `<html><body style="overflow-wrap: break-word;">${paragraphs(words)}<div><br><blockquote type="cite"><div>${escapeHtml(line)}</div><br class="Apple-interchange-newline"><div>${m.html}</div></blockquote></div></body></html>`,
    }
  },
  thunderbird(words, m) {
    const line = `On ${when(m.date, 'en-US', { month: '2-digit', day: '2-digit', year: '2-digit' })} ${when(m.date, 'en-GB', { hour: '2-digit', minute: '2-digit' })}, ${m.name} wrote:`
    return {
      text: `${words}\n\n${line}\n${marked(m.text)}\n`,
      html: `<html><body><p>${escapeHtml(words).replace(/\n/g, '<br>')}</p><div class="moz-cite-prefix">${escapeHtml(line)}<br></div><blockquote type="cite" cite="mid:x@y">${m.html}</blockquote></body></html>`,
    }
  },
  yandex(words, m) {
    const line = `${when(m.date, 'ru-RU', { day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit' })}, "${m.name}" <${m.address}>:`
    return {
      text: `${words}\n\n${line}\n\n${marked(m.text)}\n`,
      html: `<div>${paragraphs(words)}</div><div><br></div><div>${escapeHtml(line)}</div><blockquote>${m.html}</blockquote>`,
    }
  },
  mailru(words, m) {
    const line = `${when(m.date, 'ru-RU', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })}, ${when(m.date, 'ru-RU', { hour: '2-digit', minute: '2-digit' })} +00:00 от ${m.name} <${m.address}>:`
    return {
      text: `${words}\n\n${line}\n\n${marked(m.text)}\n`,
      html: `<div>${paragraphs(words)}</div><div>&nbsp;</div><blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">${escapeHtml(line)}<br><div>${m.html}</div></blockquote>`,
    }
  },
}
