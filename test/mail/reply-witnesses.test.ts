// A cut needs two witnesses: a shape of a mail program, and something besides that says that the mail answers another.
import { describe, expect, it } from 'vitest'
import { extractReply, readMail } from '../../core/mail/read.ts'
import { isReplySubject } from '../../core/mail/reply/subject-prefix.ts'
import { mail } from './mails.ts'

const header = [
  'From: Olga Brandt <olga@client.example>',
  'To: Shop <shop@desk.example>',
  'Message-ID: <w1@client.example>',
  'Content-Type: text/plain; charset=utf-8',
]
const first = (body: string) => readMail(mail([...header, 'Subject: A lamp'], body)).reply
const answer = (body: string) => readMail(mail([...header, 'Subject: Re: A lamp', 'In-Reply-To: <o@desk.example>'], body)).reply
const page = (body: string) =>
  readMail(
    mail([...header.slice(0, 3), 'Content-Type: text/html; charset=utf-8', 'Subject: Re: A lamp', 'In-Reply-To: <o@desk.example>'], body),
  ).reply

describe('sentences that open like a mark of a mail program stay in an answer', () => {
  it.each([
    // lines of phones
    'Hi Tom,\n\nSent by courier yesterday.\n\nPlease sign for it.',
    'Hi Tom,\n\nSent via GLS on Monday, number 4411.\n\nBest',
    'Ok.\n\nFrom my side all is done.\n\nWhat about the invoice?',
    'Добрый день.\n\nОтправлено через СДЭК сегодня.\n\nНомер 1234.',
    'Привет.\n\nС моего компьютера всё видно.\n\nПроверьте у себя.',
    'Hallo,\n\nvon meinem Telefon aus geht es nicht.\n\nBitte um Hilfe.',
    'Hallo,\n\nGesendet mit DPD am Dienstag.\n\nBitte prüfen.',
    'Bonjour,\n\nEnvoyé par Chronopost hier.\n\nMerci de vérifier.',
    'Hola,\n\nEnviado por correo ayer.\n\nGracias.',
    'Dzień dobry,\n\nWysłane przez kuriera wczoraj.\n\nProszę sprawdzić.',
    'Вітаю.\n\nВідправлено через Нову пошту.\n\nНомер 5566.',
    // first lines of an attribution
    'Hi,\n\n10:15 is fine, use the back door.\nShop Team <shop@desk.example> wrote:\n> When?',
    'Hi,\n\nMonday works, bring both.\nShop Team <shop@desk.example> wrote:\n> When?',
    'Hallo,\n\nMittwoch passt, bitte klingeln.\nShop Team <shop@desk.example> schrieb:\n> Wann?',
    'Добрый день.\n\nПятница устроит, нужны 3 коробки.\nМагазин <shop@desk.example> пишет:\n> Когда и сколько?',
    'Hi,\n\nMarch past the church, number 12.\nShop Team <shop@desk.example> wrote:\n> Where?',
    'Hi,\n\n12 lamps, size M.\nShop Team <shop@desk.example> wrote:\n> How many?',
    'Vasemmalla ovi 3, kiitos.\nShop Team <shop@desk.example> kirjoitti:\n> Missä?',
    // headings with dashes, journeys, rules
    'It fails:\n\n--- Error message ---\nDisk full\n\nWhat now?',
    'Es klappt nicht:\n\n---- Meldung vom Server ----\nKein Platz\n\nWas tun?',
    'Так пишет:\n\n--- Текст письма ---\nОплатите счёт\n\nЭто вы прислали?',
    'Tickets:\n\nFrom: Wien\nTo: Graz\nDate: 3 May 2027\n\nOne adult.',
    'Поездка:\n\nОт: Москва\nДо: Казань\nДата: 3 мая 2027\n\nОдин взрослый.',
    'Form:\n______\n1. Yes\n2. No',
    'Анкета:\n____________\nДа\nНет, спасибо',
    // prose with a date and a verb
    'Hallo,\nam 3. Mai 2027 um 10:30 schrieb mir Ihr Fahrer:\nich komme nicht. Was nun?',
    'Hello,\non 3 May 2027 at 10:30 your driver wrote to me:\nnot coming. What now?',
    'Здравствуйте!\n3 мая 2027 в 10:30 ваш менеджер написал мне:\nждите. Сколько ждать?',
  ])('%j', (text) => {
    const reply = answer(text)
    const own = text.replace(/\n[^\n]*<shop@desk\.example>[^]*$/, '')
    expect(reply.text).toBe(own)
    expect(reply.signature).toBe('')
  })
})

describe('a mail that answers nothing is kept whole', () => {
  it.each([
    'Dear team,\n\nOn Mon, 3 May 2027 at 10:00, Bob <bob@x.example> wrote:\n> Buy now\n\nIs that you?',
    'Look what I got:\n\nFrom: Bob <bob@x.example>\nSent: Monday, 3 May 2027 10:00\nTo: me@x.example\nSubject: Money\n\nSend money',
    'Смотрите:\n\n-----Исходное сообщение-----\nДайте денег\n\nЭто вы?',
    'I wrote\n\nSent from my iPhone\n\nand more below.',
    'Here:\n__________\nBob\nbob@x.example',
    'a\n> b\nc\n> d',
  ])('%j', (text) => {
    expect(first(text)).toMatchObject({ text, quoted: '', signature: '' })
  })

  it('but for a signature behind the delimiter, and the line of a phone at its end', () => {
    expect(first('Where is it?\n\n-- \nOlga\nWien')).toMatchObject({ text: 'Where is it?', signature: '--\nOlga\nWien' })
    expect(first('Where is it?\n\nSent from my iPhone')).toMatchObject({ text: 'Where is it?', signature: 'Sent from my iPhone' })
  })

  it('and a forward keeps its own rules', () => {
    const body =
      'See.\n\n---------- Forwarded message ---------\nFrom: Bob <bob@x.example>\nDate: Mon, 3 May 2027\nSubject: Lamp\nTo: <o@client.example>\n\nOld words'
    expect(first(body)).toMatchObject({ text: 'See.', forwarded: true })
  })
})

it('knows the prefixes of replies', () => {
  for (const s of [
    'Re: x',
    'RE[2]: x',
    'AW: x',
    'Antw: x',
    'SV: x',
    'VS: x',
    'Odp: x',
    'R: x',
    'RIF: x',
    'Ynt: x',
    'Отв: x',
    'НА: x',
    '回复：x',
    '答复: x',
    '返信: x',
    '[list] Re: x',
    'Vá: x',
    'Res: x',
  ])
    expect(isReplySubject(s), s).toBe(true)
  for (const s of ['x', 'Fwd: x', 'WG: x', 'Order: x', 'Respect: x', '']) expect(isReplySubject(s), s).toBe(false)
})

it('looks for no signature inside a kept quote', () => {
  const text = '> Colour?\nRed.\n> Size?\nTen.\n> -- \n> Shop\n\nPS: call first.'
  expect(answer(text)).toMatchObject({ text: text.replace('-- ', '--'), signature: '' })
})

describe('old mails that leaked are cut', () => {
  it.each<[string, string, string]>([
    ['a bare address below the line of a phone', 'Red.\nSent from my iPad\n\nshop@desk.example wrote:\n\nWhich colour?', 'Red.'],
    ['a bare address', 'Красный.\n\nshop@desk.example пишет:\n\nКакой цвет?', 'Красный.'],
    ['an unmarked mail below the line of a phone', 'Rot.\nVon meinem iPhone gesendet\n\nShop\nWelche Farbe?', 'Rot.'],
    [
      'no colon and no address, above labels',
      'Rouge.\nLe 3 mai 2027 à 09:12, Boutique Nord a écrit\nDe: "Boutique Nord"\nDate: 3 mai 2027\nÀ: olga@client.example\n\nQuelle couleur ?',
      'Rouge.',
    ],
    ['no colon and no address', 'Red.\n\nOn Mon, 3 May 2027 at 09:12 Shop Team wrote\n\nWhich colour?', 'Red.'],
    [
      'the name first, above an indent',
      'Rot.\nLaden Nord schrieb am Mo. 3. Mai 2027 um 09:12:\n\n    Welche Farbe?\n    Bitte antworten.',
      'Rot.',
    ],
    ['the name first in Spanish, above an indent', 'Rojo.\nTienda Norte escribió el 3 may 2027 a las 09:12:\n\n    ¿Qué color?', 'Rojo.'],
    [
      'an address without brackets',
      'Czerwony.\nWiadomość napisana przez Sklep Nord shop@desk.example w dniu 03.05.2027, o godz. 09:12:\nJaki kolor?',
      'Czerwony.',
    ],
    [
      'labels that have run together',
      'Czerwony.\nTemat: RE: Lampa Data: 2027-05-03 09:12Nadawca: "Sklep" shop@desk.example Adresat: olga@client.example\nJaki kolor?',
      'Czerwony.',
    ],
    [
      'a banner glued to its labels',
      'Rojo.\n-------- Mensaje original --------De: "Tienda" <shop@desk.example>  Fecha: 3/5/27  09:12  (GMT+01:00) Para: olga@client.example Asunto: Lampara\n¿Qué color?',
      'Rojo.',
    ],
    ['GroupWise', 'Red.\n\n>>> "Shop Team" <shop@desk.example> 5/3/2027 9:12 AM >>>\nWhich colour?', 'Red.'],
    [
      'GroupWise with a message id',
      'Red.\n\n>>> On 5/3/2027 at 9:12 AM, in message <abc@desk.example>, Shop Team <shop@desk.example> wrote:\nWhich colour?',
      'Red.',
    ],
    [
      'AquaMail',
      'Red.\n\nSent with AquaMail for Android\nhttps://www.mobisystems.com/aqua-mail\n\n\nOn 3 May 2027 9:12:00 am Shop <shop@desk.example> wrote:\n\n> Which colour?',
      'Red.',
    ],
    [
      'Notes',
      'Rot.\n\nOlga\n\n\n"Shop" <shop@desk.example>\n03.05.2027 09:12\n\nAn\n"Olga" <olga@client.example>\nKopie\n\nThema\nLampe\n\n\nWelche Farbe?',
      'Rot.\n\nOlga',
    ],
    [
      'Serbian labels',
      'Црвени.\n\nОд: Shop <shop@desk.example>\nПослато: понедељак, 3. мај 2027. 09:12\nЗа: olga@client.example\nТема: Lamp\n\nБоја?',
      'Црвени.',
    ],
    [
      'Hindi labels',
      'लाल।\n\nप्रेषक: Shop <shop@desk.example>\nभेजा गया: सोमवार, 3 मई 2027 09:12\nप्रति: olga@client.example\nविषय: Lamp\n\nरंग?',
      'लाल।',
    ],
    [
      'Kazakh labels',
      'Қызыл.\n\nКімнен: Shop <shop@desk.example>\nЖіберілді: дүйсенбі, 3 мамыр 2027 ж. 09:12\nКімге: olga@client.example\nТақырып: Lamp\n\nТүсі?',
      'Қызыл.',
    ],
    [
      'Georgian labels',
      'წითელი.\n\nგამომგზავნი: Shop <shop@desk.example>\nგაგზავნილი: ორშაბათი, 3 მაისი, 2027 09:12\nმიმღები: olga@client.example\nთემა: Lamp\n\nფერი?',
      'წითელი.',
    ],
    [
      'labels of a language nobody has listed',
      'Red.\n\nXuvo: Shop <shop@desk.example>\nPelto: 3.5.2027 09:12\nMaru: olga@client.example\nTink: Lamp\n\nWhich colour?',
      'Red.',
    ],
    ['a verb of a language nobody has listed', 'Red.\n\n3.5.2027, 09:12 Shop <shop@desk.example> blorpata:\n\n> Which colour?', 'Red.'],
    ['Georgian', 'წითელი.\n\nორშ, 3 მაი, 2027, 09:12 Shop <shop@desk.example> წერს:\n> ფერი?', 'წითელი.'],
    ['a date, a time and a name directly above a quote', 'Red.\n\nShop Team, 3.5.2027 09:12\n> Which colour?', 'Red.'],
    [
      'its own header on top',
      'From: Olga Brandt <olga@client.example>\nSent: Tuesday, 4 May 2027 11:04\nTo: Shop <shop@desk.example>\nSubject: Re: A lamp\n\nRed.\n\nOn 3 May 2027, at 09:12, Shop <shop@desk.example> wrote:\n> Which colour?',
      'Red.',
    ],
    [
      'its own header on top and nothing below',
      'From: Olga Brandt <olga@client.example>\nSent: Tuesday, 4 May 2027 11:04\nTo: Shop <shop@desk.example>\nSubject: Re: A lamp\n\nRed.',
      'Red.',
    ],
    [
      'a quote below the answer, above the footer of a list',
      'On 3/5/27 9:12 AM, Shop wrote:\n> Which colour?\n\nRed.\n\n> Regards\n> Shop\n\n__\nlamps mailing list\nlamps@lists.example',
      'Red.',
    ],
    [
      'a link that broke out of the quote',
      'Done.\n\nOn 3 May 2027 at 9:12 AM, Shop wrote:\n\n> Confirm (https://desk.example/c?a=1&\nid=42)\n>',
      'Done.',
    ],
    [
      'a label with one letter above the block',
      'Red.\nA: yes\n\nFrom: Shop <shop@desk.example>\nSent: Monday, 3 May 2027 9:12\nTo: Olga\nSubject: Lamp\n\nOld',
      'Red.\nA: yes',
    ],
  ])('%s', (_, text, expected) => {
    const reply = answer(text)
    expect(reply.text).toBe(expected)
    expect(reply.quoted).not.toBe('')
  })

  it.each<[string, string, string]>([
    [
      "Gmail's blockquote alone",
      '<div>Red.<br><br><blockquote class="gmail_quote" style="margin:0">Which colour?</blockquote></div>',
      'Red.',
    ],
    [
      'the second of two blockquotes',
      '<div>Red, like here:<br><blockquote>red, size M</blockquote><blockquote class="gmail_quote">On May 3 2027, at 9:12 am, Shop &lt;shop@desk.example&gt; wrote:<br>Which colour?</blockquote></div>',
      'Red, like here:\nred, size M',
    ],
    [
      'a bare blockquote beside an indent',
      '<div>So:</div><blockquote>M</blockquote><blockquote>On 3 May 2027, at 9:12, Shop &lt;shop@desk.example&gt; wrote:<br>Which colour?</blockquote>',
      'So:\nM',
    ],
    [
      'an attribution that runs on',
      '<div>Thanks.</div><blockquote>On 3/5/27 9:12 AM, Shop wrote: &gt; Which colour? &gt; We have red.</blockquote>',
      'Thanks.',
    ],
    [
      'quote marks typed into HTML',
      '<div>Red.<br><br>&gt; From: shop@desk.example<br>&gt; To: olga@client.example<br>&gt; Subject: Lamp<br>&gt;<br>&gt; Which colour?</div>',
      'Red.',
    ],
  ])('%s', (_, html, expected) => {
    expect(page(html).text).toBe(expected)
  })
})

describe('warnings of gateways above the text', () => {
  it.each([
    'CAUTION: This email originated from outside of your organization. Do not click links or open attachments unless you recognize the sender.',
    '[EXTERNAL]',
    '*** EXTERNAL EMAIL ***',
    'EXTERNAL SENDER: Be careful with links and attachments in this message.',
    'This message was sent from outside the company. Please do not click links or open attachments unless\nyou recognise the source of this email and know the content is safe.',
    'ACHTUNG: Diese E-Mail stammt von einem externen Absender. Klicken Sie nicht auf Links und öffnen Sie keine Anhänge.',
    'ATTENTION : Cet e-mail provient d’une source externe. Ne cliquez pas sur les liens.',
    'PRECAUCIÓN: Este correo se originó fuera de la organización. No haga clic en enlaces ni abra adjuntos.',
    'ATTENZIONE: questa e-mail proviene dall’esterno. Non aprire allegati e collegamenti.',
    'UWAGA: Ta wiadomość pochodzi spoza organizacji. Nie klikaj linków ani załączników.',
    'LET OP: Deze e-mail komt van buiten de organisatie. Klik niet op links en open geen bijlagen.',
    'Внимание! Письмо от внешнего отправителя. Не открывайте вложения и не переходите по ссылкам.',
    'Это письмо отправлено извне организации. Будьте осторожны: не открывайте вложения и ссылки.',
    'УВАГА! Лист отримано від зовнішнього відправника. Не відкривайте вкладення.',
    'You don’t often get email from olga@client.example. Learn why this is important<https://aka.ms/LearnAboutSenderIdentification>',
    'Вы нечасто получаете письма от olga@client.example. Узнайте, почему это важно',
    'Sie erhalten nicht häufig E-Mails von olga@client.example. Erfahren Sie, warum dies wichtig ist',
  ])('%j', (banner) => {
    for (const read of [first, answer]) {
      const reply = read(`${banner}\n\n@assign anna\n\nPlease look.`)
      expect(reply.text).toBe('@assign anna\n\nPlease look.')
      expect(reply.quoted.replace(/\s+/g, ' ')).toBe(banner.replace(/\s+/g, ' '))
    }
  })

  it.each([
    'I got an external email with a link, please do not click it.\n\nIs it yours?',
    'Attention: the parcel came from outside the country.\n\nWho pays customs?',
    'Внимание! Посылка пришла вскрытой.\n\nЧто делать?',
    'Caution: this message from your external supplier has a bad link, we did not click it.\n\nPlease check.',
    'CAUTION: This email originated from outside of the organization. Do not click links or open attachments.',
  ])('not: %j', (text) => {
    expect(answer(text)).toMatchObject({ text, quoted: '' })
  })
})

it.each(['On Mon, Bob wrote:', 'On Tue, X wrote:', 'Am Mo, schrieb Eva:', 'On Sat Anna Petrova wrote:'])(
  'a short weekday right behind the first word is a date, above a quote: %s',
  (line) => {
    expect(extractReply({ text: `Thanks\n\n${line}\n> Turn it off and on` }).text).toBe('Thanks')
  },
)

it.each(['On Mon we open at ten:', 'On Sat the shop is closed.'])('a short weekday makes no attribution of a sentence: %s', (line) => {
  expect(extractReply({ text: `Hello\n\n${line}\nplease tell your people` }).text).toContain(line)
})
