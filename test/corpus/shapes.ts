// The mails in which a natural text is put: alone, as an answer, and above the old mail as the mail programs of its language quote it.

/** A word of the old mail; where it is in the author's words, the quote was left in. */
export const oldWord = 'QUOTEDWORD7731'

/** How a text is sent. */
export type Shape = 'first' | 'answer' | 'quoted'

/** A raw mail with this text, and which quote form it got. */
export function mailWith(text: string, shape: Shape, language: string, turn: number): { readonly raw: Buffer; readonly form: string } {
  const forms = quoteForms(language)
  const form = forms[turn % forms.length] ?? thunderbird('wrote')
  const quoted = shape === 'quoted'
  const html = quoted && form.html !== undefined
  const body = html ? `<html><body>${toHtml(text)}${form.html ?? ''}</body></html>` : quoted ? `${text}\n\n${form.text}\n` : `${text}\n`
  const header = [
    'From: Mira Holt <mira@customer.example>',
    'To: Help Desk <help@desk.example>',
    `Subject: ${shape === 'first' ? 'Order 5512' : 'Re: Order 5512'}`,
    'Message-ID: <m1@customer.example>',
    'Date: Tue, 22 Sep 2026 11:04:00 +0200',
    ...(shape === 'first' ? [] : ['In-Reply-To: <out-1@desk.example>']),
    'MIME-Version: 1.0',
    `Content-Type: text/${html ? 'html' : 'plain'}; charset=utf-8`,
  ]
  return { raw: Buffer.from(`${header.join('\n')}\n\n${body}`), form: quoted ? form.name : '' }
}

interface QuoteForm {
  readonly name: string
  readonly text: string
  readonly html?: string
}

function toHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .split('\n')
    .map((line) => (line.trim() === '' ? '<div><br></div>' : `<div>${line}</div>`))
    .join('')
}

const oldText = `${oldWord} which colour?\n${oldWord} blue or grey?`
const marked = oldText.replace(/^/gm, '> ')

const thunderbird = (verb: string): QuoteForm => ({ name: 'name-verb', text: `21.09.2026 09:12, Help Desk ${verb}:\n${marked}` })

interface Words {
  /** `On {date} {sender} wrote:` as Gmail writes it. */
  readonly gmail: string
  readonly verb: string
  /** From, Sent, To, Subject of Outlook. */
  readonly labels: readonly [string, string, string, string]
  readonly apple: string
}

const sender = 'Help Desk <help@desk.example>'
const english: Words = {
  gmail: `On Mon, Sep 21, 2026 at 9:12 AM ${sender} wrote:`,
  verb: 'wrote',
  labels: ['From', 'Sent', 'To', 'Subject'],
  apple: `On 21 Sep 2026, at 09:12, ${sender} wrote:`,
}
/** As the programs of each language write them; other languages get the English ones, as their users often do. */
const words: Readonly<Record<string, Words>> = {
  en: english,
  ru: {
    gmail: `пн, 21 сент. 2026 г. в 09:12, ${sender}:`,
    verb: 'пишет',
    labels: ['От', 'Отправлено', 'Кому', 'Тема'],
    apple: `21 сент. 2026 г., в 09:12, ${sender} написал(а):`,
  },
  de: {
    gmail: `Am Mo., 21. Sept. 2026 um 09:12 Uhr schrieb ${sender}:`,
    verb: 'schrieb',
    labels: ['Von', 'Gesendet', 'An', 'Betreff'],
    apple: `Am 21.09.2026 um 09:12 schrieb ${sender}:`,
  },
  es: {
    gmail: `El lun, 21 sept 2026 a las 9:12, ${sender} escribió:`,
    verb: 'escribió',
    labels: ['De', 'Enviado', 'Para', 'Asunto'],
    apple: `El 21 sept 2026, a las 9:12, ${sender} escribió:`,
  },
  it: {
    gmail: `Il giorno lun 21 set 2026 alle ore 09:12 ${sender} ha scritto:`,
    verb: 'ha scritto',
    labels: ['Da', 'Inviato', 'A', 'Oggetto'],
    apple: `Il giorno 21 set 2026, alle ore 09:12, ${sender} ha scritto:`,
  },
  pl: {
    gmail: `pon., 21 wrz 2026 o 09:12 ${sender} napisał(a):`,
    verb: 'pisze',
    labels: ['Od', 'Wysłano', 'Do', 'Temat'],
    apple: `Wiadomość napisana przez ${sender} w dniu 21 wrz 2026, o godz. 09:12:`,
  },
  cs: {
    gmail: `po 21. 9. 2026 v 9:12 odesílatel ${sender} napsal:`,
    verb: 'napsal(a)',
    labels: ['Od', 'Odesláno', 'Komu', 'Předmět'],
    apple: `21. 9. 2026 v 9:12, ${sender}:`,
  },
  pt: {
    gmail: `Em seg., 21 de set. de 2026 às 09:12, ${sender} escreveu:`,
    verb: 'escreveu',
    labels: ['De', 'Enviado', 'Para', 'Assunto'],
    apple: `Em 21 de set. de 2026, à(s) 09:12, ${sender} escreveu:`,
  },
  bg: {
    gmail: `На пн, 21.09.2026 г. в 9:12 ${sender} написа:`,
    verb: 'написа',
    labels: ['От', 'Изпратено', 'До', 'Относно'],
    apple: `На 21.09.2026 г., в 9:12, ${sender} написа:`,
  },
  zh: {
    gmail: `Help Desk <help@desk.example> 于2026年9月21日周一 09:12写道：`,
    verb: '写道',
    labels: ['发件人', '发送时间', '收件人', '主题'],
    apple: `2026年9月21日 09:12，${sender} 写道：`,
  },
}

function quoteForms(language: string): readonly QuoteForm[] {
  const w = words[language] ?? english
  const escaped = (text: string): string => text.replace(/</g, '&lt;').replace(/\n/g, '<br>')
  const block = `${w.labels[0]}: ${sender}\n${w.labels[1]}: 21.09.2026 9:12\n${w.labels[2]}: Mira Holt <mira@customer.example>\n${w.labels[3]}: Order 5512`
  return [
    { name: 'gmail', text: `${w.gmail}\n\n${marked}` },
    {
      name: 'gmail-html',
      text: '',
      html: `<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">${escaped(w.gmail)}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">${escaped(oldText)}</blockquote></div>`,
    },
    { name: 'apple', text: `${w.apple}\n\n${marked}` },
    {
      name: 'apple-html',
      text: '',
      html: `<br><div>${escaped(w.apple)}</div><br><blockquote type="cite">${escaped(oldText)}</blockquote>`,
    },
    thunderbird(w.verb),
    { name: 'outlook', text: `________________________________\n${block}\n\n${oldText}` },
    { name: 'outlook-bare', text: `${block}\n\n${oldText}` },
    {
      name: 'outlook-html',
      text: '',
      html: `<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">${escaped(block)}</div><div>${escaped(oldText)}</div>`,
    },
    { name: 'unmarked', text: `${w.gmail}\n\n${oldText}` },
  ]
}
