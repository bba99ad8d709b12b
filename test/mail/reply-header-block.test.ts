// Header blocks of Outlook and others, in the languages of its editions, in the layouts in which they reach us.
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'

/** Labels: from, date, to, copy, subject. */
const languages: Record<string, readonly [string, string, string, string, string]> = {
  en: ['From', 'Sent', 'To', 'Cc', 'Subject'],
  ru: ['От', 'Отправлено', 'Кому', 'Копия', 'Тема'],
  ru2: ['От кого', 'Дата', 'Кому', 'Копия', 'Тема'],
  ru3: ['Отправитель', 'Дата', 'Кому', 'Копия', 'Тема'],
  uk: ['Від', 'Надіслано', 'Кому', 'Копія', 'Тема'],
  uk2: ['Від кого', 'Дата', 'Кому', 'Копія', 'Тема'],
  uk3: ['Від', 'Відправлено', 'Кому', 'Копія', 'Тема'],
  de: ['Von', 'Gesendet', 'An', 'Cc', 'Betreff'],
  fr: ['De', 'Envoyé', 'À', 'Cc', 'Objet'],
  es: ['De', 'Enviado', 'Para', 'CC', 'Asunto'],
  es2: ['De', 'Enviado el', 'Para', 'CC', 'Asunto'],
  pt: ['De', 'Enviada em', 'Para', 'Cc', 'Assunto'],
  it: ['Da', 'Inviato', 'A', 'Cc', 'Oggetto'],
  nl: ['Van', 'Verzonden', 'Aan', 'CC', 'Onderwerp'],
  sv: ['Från', 'Skickat', 'Till', 'Kopia', 'Ämne'],
  da: ['Fra', 'Sendt', 'Til', 'Cc', 'Emne'],
  no: ['Fra', 'Sendt', 'Til', 'Kopi', 'Emne'],
  fi: ['Lähettäjä', 'Lähetetty', 'Vastaanottaja', 'Kopio', 'Aihe'],
  pl: ['Od', 'Wysłano', 'Do', 'DW', 'Temat'],
  cs: ['Od', 'Odesláno', 'Komu', 'Kopie', 'Předmět'],
  sk: ['Od', 'Odoslané', 'Komu', 'Kópia', 'Predmet'],
  hu: ['Feladó', 'Elküldve', 'Címzett', 'Másolat', 'Tárgy'],
  tr: ['Kimden', 'Gönderilme', 'Kime', 'Bilgi', 'Konu'],
  tr2: ['Gönderen', 'Gönderildi', 'Kime', 'Bilgi', 'Konu'],
  ro: ['De la', 'Trimis', 'Către', 'Cc', 'Subiect'],
  ro2: ['Expeditor', 'Trimis', 'Către', 'Cc', 'Subiect'],
  hr: ['Šalje', 'Poslano', 'Prima', 'Kopija', 'Predmet'],
  bg: ['От', 'Изпратено', 'До', 'Копие', 'Относно'],
  el: ['Από', 'Στάλθηκε', 'Προς', 'Κοιν.', 'Θέμα'],
  he: ['מאת', 'נשלח', 'אל', 'עותק', 'נושא'],
  ar: ['من', 'تاريخ الإرسال', 'إلى', 'نسخة', 'الموضوع'],
  zh: ['发件人', '发送时间', '收件人', '抄送', '主题'],
  zht: ['寄件者', '寄件日期', '收件者', '副本', '主旨'],
  ja: ['差出人', '送信日時', '宛先', 'CC', '件名'],
  ko: ['보낸 사람', '보낸 날짜', '받는 사람', '참조', '제목'],
  vi: ['Từ', 'Đã gửi', 'Đến', 'Cc', 'Chủ đề'],
  sl: ['Od', 'Poslano', 'Za', 'Kp', 'Zadeva'],
  et: ['Saatja', 'Saadetud', 'Adressaat', 'Koopia', 'Teema'],
  lt: ['Nuo', 'Išsiųsta', 'Kam', 'Kopija', 'Tema'],
  lv: ['No', 'Nosūtīts', 'Kam', 'Kopija', 'Temats'],
  sr: ['Pošiljalac', 'Poslato', 'Za', 'Kopija', 'Naslov'],
  ca: ['De', 'Enviat', 'Per a', 'Cc', 'Assumpte'],
}
const answer = 'Да, высылайте.\nAnd thanks.'
const old = 'Old words here.\nMore of them.'
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

function block([from, date, to, copy, subject]: readonly [string, string, string, string, string], mark = '', gap = ''): string[] {
  return [
    `${mark}${from}${gap}:${mark} Anna Smith <anna@shop.example>`,
    `${mark}${date}${gap}:${mark} Monday, 21 September 2026 20:11`,
    `${mark}${to}${gap}:${mark} Support <support@desk.example>; Bob <bob@x.example>`,
    `${mark}${copy}${gap}:${mark} Carl <carl@x.example>`,
    `${mark}${subject}${gap}:${mark} RE: Order 12`,
  ]
}

describe.each(Object.entries(languages))('a header block in %s', (_, labels) => {
  const plain = block(labels)
  const layouts: Record<string, { text: string } | { html: string }> = {
    'without a rule line': { text: `${answer}\n\n${plain.join('\n')}\n\n${old}` },
    'without a copy line': { text: `${answer}\n\n${plain.filter((_l, i) => i !== 3).join('\n')}\n\n${old}` },
    'in asterisks': { text: `${answer}\n\n${block(labels, '*').join('\n')}\n\n${old}` },
    'below underscores': { text: `${answer}\n\n________________________________\n${plain.join('\n')}\n\n${old}` },
    'double-spaced': { text: `${answer}\n\n${plain.join('\n\n')}\n\n\n${old}` },
    'with CRLF and blanks before the colons': {
      text: `${answer}\n\n${block(labels, '', ' ').join('\n')}\n\n${old}`.replace(/\n/g, '\r\n'),
    },
    'without addresses': { text: `${answer}\n\n${plain.map((l) => l.replace(/ <[^>]*>/g, '')).join('\n')}\n\n${old}` },
    'in HTML': {
      html: `<div>Да, высылайте.<br>And thanks.</div><div><br></div><div>${plain.map((l) => escaped(l).replace(/^([^:]*:)/, '<b>$1</b>')).join('<br>')}</div><div>Old words</div>`,
    },
    'in the thin-line box of Outlook': {
      html: `<p class=MsoNormal>Да, высылайте.<o:p></o:p></p><p class=MsoNormal>And thanks.<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>${plain.map((l) => escaped(l).replace(/^([^:]*:)/, '<b><span lang=EN-US>$1</span></b>')).join('<br>')}<o:p></o:p></p></div></div><p class=MsoNormal>Old words</p>`,
    },
    'in a table': {
      html: `<div>Да, высылайте.<br>And thanks.</div><hr><table>${plain.map((l) => escaped(l).replace(/^([^:]*:)(.*)$/, '<tr><th>$1</th><td>$2</td></tr>')).join('')}</table><div>Old words</div>`,
    },
  }
  it.each(Object.entries(layouts))('is cut %s', (_name, input) => {
    const reply = extractReply(input)
    expect(flat(reply.text)).toBe(flat(answer))
    expect(reply.quoted).toContain('Old words')
    expect(reply.forwarded).toBe(reply.flags.includes('forward'))
  })
})

describe('banners above an old mail', () => {
  it.each([
    '-----Original Message-----',
    '----- Original Message -----',
    '-------- Original message --------',
    '*-------- Original Message --------*',
    '-----Исходное сообщение-----',
    '-------- Исходное сообщение --------',
    '-------- Оригінальне повідомлення --------',
    '-----Ursprüngliche Nachricht-----',
    '-------- Message d’origine --------',
    '-----Mensaje original-----',
    '-----Messaggio originale-----',
    '-----Mensagem original-----',
    '-----Oorspronkelijk bericht-----',
    '-----Oprindelig meddelelse-----',
    '-----Ursprungligt meddelande-----',
    '-----Alkuperäinen viesti-----',
    '-----Wiadomość oryginalna-----',
    '------------------ 原始邮件 ------------------',
  ])('%s', (banner) => {
    expect(extractReply({ text: `Answer.\n\n${banner}\n\nOld words.` })).toMatchObject({ text: 'Answer.', forwarded: false })
  })
})
