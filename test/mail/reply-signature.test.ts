// Signatures: found, kept beside the reply, and not seen in sentences.
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'
import { isMobileLine } from '../../core/mail/reply/mobile-line.ts'

describe('a signature is put aside', () => {
  it.each([
    ['Готово.\n\n-- \nИван Иванов\nСклад', '--\nИван Иванов\nСклад'],
    ['Done.\n--\nJohn', '--\nJohn'],
    ['Done.\n\n—\nJohn', '—\nJohn'],
    ['Done.\n\n____________________\nShop list\nshop@list.example', '____________________\nShop list\nshop@list.example'],
    ['Готово.\n\nОтправлено с iPhone', 'Отправлено с iPhone'],
    ['Ok\n\nSent from my Verizon, Samsung Galaxy smartphone', 'Sent from my Verizon, Samsung Galaxy smartphone'],
    ['Ok\n\nDetails below.\n\n-Anna Petrova\n\n____\nfooter', '-Anna Petrova\n\n____\nfooter'],
  ])('%j', (text, signature) => {
    const reply = extractReply({ text })
    expect(reply.signature).toBe(signature)
    expect(reply.text + reply.signature).not.toContain('\n\n\n')
    expect(text.startsWith(reply.text)).toBe(true)
  })

  it('also above and below a quote', () => {
    const quote = '21.09.2026 20:11, Анна пишет:\n> Старый'
    expect(extractReply({ text: `Да.\n\n-- \nИван\n\n${quote}` })).toMatchObject({ text: 'Да.', signature: '--\nИван', quoted: quote })
    expect(extractReply({ text: `Да.\n\n${quote}\n\n-- \nИван` })).toMatchObject({ text: 'Да.', signature: '--\nИван', quoted: quote })
  })

  it('takes what stands unmarked below a mobile signature for an old mail', () => {
    expect(extractReply({ text: 'Да.\n\nОтправлено с iPhone\n\nДобрый день!\nВам ответ.' })).toMatchObject({
      text: 'Да.',
      quoted: 'Добрый день!\nВам ответ.',
    })
  })

  it('leaves sign-offs to the reply', () => {
    const text = 'Спасибо.\n\nС уважением,\nИван'
    expect(extractReply({ text })).toMatchObject({ text, signature: '' })
  })
})

describe('lines of mobile programs', () => {
  it.each([
    'Sent from my iPhone',
    'Sent from my mobile device',
    '(Sent from my phone)',
    'Sent from Yahoo Mail for iPhone',
    'Sent from my Android device with K-9 Mail. Please excuse my brevity.',
    'Get Outlook for iOS',
    'Get [Outlook for Android](https://aka.ms/x)',
    'Отправлено с iPhone',
    'Отправлено с iPad',
    'Отправлено из мобильной Почты Mail.ru',
    'Отправлено из мобильной Яндекс.Почты',
    'Отправлено из Outlook для iOS',
    'с моего iPhone',
    'Отправлено со смартфона Samsung Galaxy.',
    'Отправлено с устройства Android с помощью K-9 Mail. Извините за краткость.',
    'Надіслано з iPhone',
    'Надіслано з мобільного телефону',
    'Von meinem iPhone gesendet',
    'Gesendet von Outlook für Android<https://aka.ms/x>',
    'Envoyé de mon iPhone',
    'Enviado desde mi iPhone',
    'Enviado do meu iPhone',
    'Inviato da iPhone',
    'Verstuurd vanaf mijn iPhone',
    'Skickat från min iPhone',
    'Sendt fra min iPhone',
    'Lähetetty iPhonesta',
    'Wysłane z iPhone’a',
    'Odesláno z iPhonu',
    '发自我的 iPhone',
    '從我的 iPhone 傳送',
    'iPhoneから送信',
    '나의 iPhone에서 보냄',
    'iPhone’umdan gönderildi',
  ])('%s', (line) => expect(isMobileLine(line)).toBe(true))

  it.each([
    'Sent from my desk, this is much easier to read than from my mobile phone.',
    'Sent from Berlin on Monday; where is it?',
    'Отправлено в понедельник вечером, но до сих пор не пришло.',
    'The mail was sent from my iPhone app',
    'Get it done',
    'Отправлено вам вчера курьерской службой до двери',
  ])('not: %s', (line) => expect(isMobileLine(line)).toBe(false))
})
