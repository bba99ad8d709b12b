// Forwards: told from replies, the note above kept apart, the mail inside recovered.
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'
import { isForwardSubject } from '../../core/mail/reply/subject-prefix.ts'
import { parseForward, parties } from '../../core/mail/reply/forward.ts'

const body = 'Добрый день!\nГде мой заказ?'
const anna = { address: 'anna@client.example', name: 'Анна Петрова' }

describe('the mail inside a forward of', () => {
  it.each<[string, { text?: string; html?: string; subject?: string }]>([
    [
      'Gmail',
      {
        text: `Гляньте.\n\n---------- Forwarded message ---------\nОт: Анна Петрова <anna@client.example>\nDate: пн, 21 сент. 2026 г. в 20:11\nSubject: Заказ\nTo: <shop@desk.example>\n\n\n${body}`,
      },
    ],
    [
      'Apple',
      {
        text: `Гляньте.\n\n> Начало переадресованного сообщения:\n> \n> От: Анна Петрова <anna@client.example>\n> Тема: Заказ\n> Дата: 21 сентября 2026 г. в 20:11:05 GMT+3\n> Кому: shop@desk.example\n> \n> Добрый день!\n> Где мой заказ?`,
      },
    ],
    [
      'Thunderbird',
      {
        text: `Гляньте.\n\n-------- Перенаправленное сообщение --------\nТема: \tЗаказ\nДата: \tMon, 21 Sep 2026 20:11:05 +0300\nОт: \tАнна Петрова <anna@client.example>\nКому: \tshop@desk.example\n\n\n\n${body}`,
      },
    ],
    [
      'Mail.ru',
      {
        text: `Гляньте.\n\n-------- Пересылаемое сообщение --------\nОт: Анна Петрова <anna@client.example>\nКому: shop@desk.example\nДата: Понедельник, 21 сентября 2026, 20:11 +03:00\nТема: Заказ\n\n${body}`,
      },
    ],
    [
      'Yahoo',
      {
        text: `Гляньте.\n\n   ----- Пересылаемое сообщение ----- От: Анна Петрова <anna@client.example>Кому: "shop@desk.example" <shop@desk.example>Отправлено: понедельник, 21 сентября 2026 г., 20:11:05 GMT+3Тема: Заказ\n ${body}`,
      },
    ],
    [
      'Outlook',
      {
        subject: 'FW: Заказ',
        text: `Гляньте.\n\nОт: Анна Петрова <anna@client.example>\nОтправлено: 21 сентября 2026 г. 20:11\nКому: shop@desk.example\nТема: Заказ\n\n${body}`,
      },
    ],
    [
      'Outlook, Ukrainian',
      {
        subject: 'Fwd: Заказ',
        text: `Гляньте.\n\n________________________________\nВід: Анна Петрова <anna@client.example>\nНадіслано: 21 вересня 2026 р. 20:11\nКому: shop@desk.example\nТема: Заказ\n\n${body}`,
      },
    ],
    [
      'Missive',
      {
        text: `Гляньте.\n\n---------- Forwarded message ----------\nFrom: Анна Петрова <anna@client.example>\nDate: September 21, 2026 at 8:11 PM\nTo: shop@desk.example\nSubject: Заказ\n\n> Добрый день!\n> Где мой заказ?`,
      },
    ],
    [
      'Notes',
      {
        text: `Гляньте.\n\n----- Forwarded by Bob/ACME on 21.09.2026 20:11 -----\n\nFrom: Анна Петрова <anna@client.example>\nTo: shop@desk.example\nDate: 21.09.2026\nSubject: Заказ\n\n${body}`,
      },
    ],
    [
      'Gmail in HTML',
      {
        html: '<div dir="ltr">Гляньте.<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>От: <b>Анна Петрова</b> &lt;<a href="mailto:anna@client.example">anna@client.example</a>&gt;<br>Date: пн, 21 сент. 2026 г. в 20:11<br>Subject: Заказ<br>To: &lt;shop@desk.example&gt;<br></div><br><br>Добрый день!<br>Где мой заказ?</div></div>',
      },
    ],
    [
      'Thunderbird in HTML',
      {
        html: '<p>Гляньте.</p><div class="moz-forward-container"><br>-------- Перенаправленное сообщение --------<table class="moz-email-headers-table"><tr><th>Тема: </th><td>Заказ</td></tr><tr><th>Дата: </th><td>Mon, 21 Sep 2026</td></tr><tr><th>От: </th><td>Анна Петрова &lt;anna@client.example&gt;</td></tr><tr><th>Кому: </th><td>shop@desk.example</td></tr></table><br>Добрый день!<br>Где мой заказ?</div>',
      },
    ],
  ])('%s', (_, input) => {
    const reply = extractReply(input)
    expect(reply).toMatchObject({ text: 'Гляньте.', forwarded: true })
    expect(reply.flags).toContain('forward')
    expect(reply.quoted).toContain('Где мой заказ?')
    const forward = parseForward(input)
    expect(forward).toMatchObject({
      from: anna,
      to: [{ address: 'shop@desk.example', name: '' }],
      subject: 'Заказ',
      text: body,
      note: 'Гляньте.',
    })
    expect(forward?.date).toContain('2026')
    if (input.html !== undefined) expect(forward?.html).toContain('Где мой заказ?')
    if (input.html !== undefined) expect(forward?.html).not.toMatch(/Гляньте|Заказ</)
  })

  it('Outlook for Mac, which writes an attribution', () => {
    const input = {
      subject: 'FW: Заказ',
      text: '\ufeff21/09/2026, 20:11 пользователь "Анна Петрова" <anna@client.example> написал:\r\n\r\n    Добрый день!\r\n    Где мой заказ?\r\n',
    }
    expect(extractReply(input)).toMatchObject({ text: '', forwarded: true })
    expect(parseForward(input)).toMatchObject({ from: anna, text: body, note: '', date: '21/09/2026, 20:11' })
  })
})

describe('a banner in', () => {
  it.each([
    '-------- Weitergeleitete Nachricht --------',
    '-------- Message transféré --------',
    '-------- Mensaje reenviado --------',
    '-------- Messaggio Inoltrato --------',
    '-------- Mensagem encaminhada --------',
    '-------- Doorgestuurd bericht --------',
    '-------- Videresendt meddelelse --------',
    '-------- Vidarebefordrat meddelande --------',
    '-------- Välitetty viesti --------',
    '--- Treść przekazanej wiadomości ---',
    '-------- Přeposlaná zpráva --------',
    '-------- Preposlaná správa --- Forwarded Message --------',
    '-------- Továbbított üzenet --------',
    '-------- İletilen İleti --------',
    '-------- Mesaj redirecționat --------',
    '-------- Proslijeđena poruka --------',
    '-------- Переслане повідомлення --------',
    '---------- 转发的邮件 ----------',
    '---------- 転送メッセージ ----------',
    '---------- 전달된 메시지 ----------',
  ])('%s makes a forward', (banner) => {
    expect(extractReply({ text: `Note.\n\n${banner}\nFrom: A <a@b.example>\nSubject: x\n\nBody` })).toMatchObject({
      text: 'Note.',
      forwarded: true,
    })
  })
})

describe('no forward', () => {
  it.each<[string, { text: string; subject?: string }]>([
    [
      'an answer to a forward',
      {
        subject: 'Re: Fwd: Заказ',
        text: 'Да.\n\nпн, 21 сент. 2026 г. в 20:11, A <a@b.example>:\n\n> ---------- Forwarded message ---------\n> От: B <b@c.example>\n> Subject: x\n>\n> old',
      },
    ],
    [
      'an answer from Outlook',
      {
        subject: 'RE: Заказ',
        text: 'Да.\n\n________________________________\nОт: A <a@b.example>\nОтправлено: 21 сентября 2026 г.\nКому: b\nТема: Заказ\n\nold',
      },
    ],
    ['a sentence', { subject: 'FW: Заказ', text: 'Пересылаю сообщение клиента:\nон хочет денег.' }],
  ])('%s', (_, input) => {
    expect(extractReply(input).forwarded).toBe(false)
    expect(parseForward(input)).toBeNull()
  })
})

it('subjects', () => {
  for (const s of [
    'Fwd: x',
    'FW: x',
    'fw : x',
    'WG: x',
    'TR: x',
    'RV: x',
    'ENC: x',
    'I: x',
    'VB: x',
    'PD: x',
    'İLT: x',
    'Пересл: x',
    '转发：x',
    '[Shop] Fwd: x',
  ])
    expect(isForwardSubject(s), s).toBe(true)
  for (const s of ['Re: Fwd: x', 'AW: WG: x', 'x', '', 'Forward: march', 'Note: fwd', 'SV: x']) expect(isForwardSubject(s), s).toBe(false)
  expect(isForwardSubject('VS: x', 'fra')).toBe(true)
  expect(isForwardSubject('VS: x', 'lähettäjä')).toBe(false)
})

it('mailboxes as mail programs write them', () => {
  const one = { address: 'a@b.example', name: 'Anna, Smith' }
  expect(parties('Anna, Smith <a@b.example>')).toEqual([one])
  expect(parties('Anna, Smith [mailto:a@b.example]')).toEqual([one])
  expect(parties('"Anna, Smith" <a@b.example<mailto:a@b.example>>; c@d.example <c@d.example>')).toEqual([
    one,
    { address: 'c@d.example', name: '' },
  ])
  expect(parties('Anna<mailto:a@b.example> <a@b.example> on behalf of desk@b.example')).toEqual([{ address: 'a@b.example', name: 'Anna' }])
  expect(parties('only a name')).toEqual([])
})
