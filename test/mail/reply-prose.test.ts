// What looks like a mark of a mail program and is a sentence stays with the reply.
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'

describe('words of the author are kept whole', () => {
  it.each([
    'Здравствуйте!\nВчера менеджер написал:\n«Оплатите до пятницы». Что это значит?',
    'Вчера в 15:00 менеджер написал:\nждите звонка.\nЯ жду.',
    'Добрый день.\nОт: нас ничего не требуется\nКому писать дальше?',
    'В договоре указано:\nОт: 12.05.2026\nи это неверно.',
    'Тема: доставка\nНе пришла посылка.',
    'Мне пишет: мошенник.\nЧто делать?',
    'Прошу уточнить статус заказа от 12.05.2026 10:15:\n№ 12345\nСпасибо',
    'Отправлено из офиса в понедельник, но так и не дошло.\nГде посылка?',
    'Заказ отправлен 21.09.2026, 20:11, Иванов подписал:\nакт приёмки.\nПрошу подтвердить.',
    'Пересылаю сообщение клиента:\nон хочет возврат денег.\nЧто ответить?',
    'Вчора менеджер написав:\nчекайте.\nЧекаю.',
    'On Monday we got your parcel.\nMy colleague wrote:\nplease return it.\nWhat now?',
    'One thing: I said on 12 May that the order 1234 is late.\nThanks',
    'From: Berlin\nTo: Paris\nIs there a direct train?',
    'Please call John <john@x.example> at 10:00:\nhe knows.',
    'The meeting is on Friday, 12 June 2026 at 10:00:\n- agenda\n- lunch',
    'The notice was sent from my shop to all users.\nSent from my desk, this is easier to write than from the phone.\nBye',
    'Original message was lost, please resend.',
    'We need:\n-- first\n-- second\n\nBye',
    'Log:\n```\nFrom: a@b.example\nSent: 2026\nTo: c\nOn 1 May 2026 at 10:00, A <a@b.example> wrote:\n--\n```\nSee?',
    '# Title\n\n---\n\ntext\n\n***\n\nmore',
    'a > b and\nb > c',
    'Invitation:\n\nDate: Wednesday 3, October 2026\nTime: 7:00am\nAddress: 130 Fox St\n\nPlease bring an ID.',
    'Вы согласны?\n\n- Да',
    'Вы писали:\n> Фраза\nЭто не так.',
    'See https://x.example/on-2026-05-12-anna-wrote: it says all.',
  ])('%j', (text) => {
    const reply = extractReply({ text })
    expect(reply.text).toBe(text)
    expect(reply.quoted + reply.signature).toBe('')
  })
})
