// The HTML of mail programs: their containers for quotes, attributions and signatures. Written for these tests after how each writes.
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'
import { htmlToText } from '../../core/mail/reply/html-text.ts'

const A = 'Да, высылайте.'
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()

describe('the answer stands above the old mail of', () => {
  it.each<[string, string]>([
    [
      'Gmail',
      `<div dir="ltr">${A}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">пн, 21 сент. 2026 г. в 20:11, Анна &lt;<a href="mailto:a@b.example">a@b.example</a>&gt;:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><div>Старый</div></blockquote></div>`,
    ],
    [
      'old Gmail',
      `<div dir="ltr">${A}</div><div class="gmail_extra"><br><br><div class="gmail_quote">On Mon, x wrote:<br><blockquote class="gmail_quote">Старый</blockquote></div><br></div>`,
    ],
    [
      'Outlook on the web',
      `<div>${A}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><b>От:</b> Анна &lt;a@b.example&gt;<br><b>Отправлено:</b> 21 сентября 2026 г.<br><b>Кому:</b> x<br><b>Тема:</b> y</div><div>Старый</div>`,
    ],
    ['Outlook, nested, in a language we do not know', `<div>${A}</div><hr><div id="x_divRplyFwdMsg">Xyz: q</div><div>Старый</div>`],
    [
      'Outlook 2013 in a language we do not know',
      `<p class=MsoNormal>${A}</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in"><p class=MsoNormal><b>Xxxxxx:</b> Anna [mailto:a@b.example]<br><b>Yyyy:</b> z</p></div><p>Старый</p>`,
    ],
    [
      'Outlook 2003',
      `<p class=MsoNormal>${A}</p><div class=MsoNormal align=center style="text-align:center"><hr size=3 width="100%" align=center></div><p class=MsoNormal><b>From:</b> Anna<br><b>Sent:</b> x 2<br><b>To:</b> y<br><b>Subject:</b> z</p><p>Старый</p>`,
    ],
    ['Outlook for Mac 2011', `<div>${A}</div><span id="OLK_SRC_BODY_SECTION"><div><span>Xyz: </span>Bob</div><div>Старый</div></span>`],
    [
      'Outlook mobile',
      `<div>${A}</div><div id="ms-outlook-mobile-signature">Get Outlook for iOS</div><div id="mail-editor-reference-message-container"><div class="ms-outlook-mobile-reference-message">Старый</div></div>`,
    ],
    [
      'Windows Mail',
      `<div>${A}</div><div style="padding-top: 5px; border-top-color: rgb(229, 229, 229); border-top-width: 1px; border-top-style: solid;"><div><b>От:</b> Анна</div></div><div>Старый</div>`,
    ],
    [
      'Apple Mail',
      `<div>${A}<div><br><blockquote type="cite"><div>21 сент. 2026 г., в 20:11, Анна &lt;a@b.example&gt; написал(а):</div><br class="Apple-interchange-newline"><div>Старый</div></blockquote></div></div>`,
    ],
    [
      'an iPhone',
      `${A}<br><br><div dir="ltr">Отправлено с iPhone</div><div dir="ltr"><br><blockquote type="cite">21 сент. 2026 г., в 20:11, Анна &lt;a@b.example&gt; написал(а):<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">Старый</div></blockquote>`,
    ],
    [
      'Thunderbird',
      `<p>${A}</p><div class="moz-cite-prefix">21.09.2026 20:11, Анна пишет:<br></div><blockquote type="cite" cite="mid:x">Старый</blockquote><div class="moz-signature">-- <br>Иван</div>`,
    ],
    ['Yahoo', `<div>${A}</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Monday, x wrote:</div><div>Старый</div></div>`],
    ['Yahoo, quoted by Yahoo', `<div>${A}</div><div id="yiv1234567890yahoo_quoted_123" class="yiv1234567890yahoo_quoted">Старый</div>`],
    [
      'Mail.ru',
      `<div>${A}</div><div data-signature-widget="container"><div>--<br>Иван</div></div><blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">Понедельник, 21 сентября 2026, 20:11 +03:00 от Анна &lt;a@b.example&gt;:<br><div>Старый</div></blockquote>`,
    ],
    ['Mail.ru, collapsed', `<div>${A}</div><div class="mail-quote-collapse"><blockquote>Старый</blockquote></div><div>--<br>Иван</div>`],
    [
      'the Mail.ru app',
      `<div id="composeWebView_editable_content">${A}<br></div><div id="mail-app-auto-default-signature">Отправлено из мобильной Почты Mail</div><div id="composeWebView_previouse_content">понедельник, 21 сентября 2026 г., 20:11 +03:00 от Анна a@b.example:<br><blockquote id="mail-app-auto-quote">Старый</blockquote></div>`,
    ],
    [
      'Yandex',
      `<div>${A}</div><div> </div><div>21.09.2026, 20:11, "Анна" &lt;a@b.example&gt;:</div><blockquote><div>Старый</div></blockquote>`,
    ],
    [
      'Yandex with dashes',
      `<div>${A}</div><div>----------------</div><div>Кому: Иван (i@x.example);</div><div>Тема: Заказ;</div><div>21.09.2026, 20:11, "Анна" &lt;a@b.example&gt;:</div><blockquote><div>Старый</div></blockquote>`,
    ],
    ['a program that writes only the name', `<div>${A}</div><div>Анна Петрова пишет:</div><blockquote>Старый</blockquote>`],
    [
      'Proton',
      `<div>${A}</div><div class="protonmail_signature_block"><div>Sent with Proton Mail</div></div><div class="protonmail_quote">On x wrote:<blockquote class="protonmail_quote" type="cite">Старый</blockquote></div>`,
    ],
    ['Zoho', `<div>${A}</div><div class="zmail_extra"><div>---- On Mon wrote ----</div><blockquote>Старый</blockquote></div>`],
    ['GMX', `<div>${A}<div name="quote"><div><b>Gesendet:</b> x</div>Старый</div></div>`],
    [
      'Zimbra',
      `<div>${A}</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>От: </b>Анна<br></div><div>Старый</div>`,
    ],
    [
      'Spark',
      `<div name="messageBodySection">${A}</div><div name="messageReplySection">On x wrote:<br><blockquote>Старый</blockquote></div>`,
    ],
    ['Tutanota', `<div>${A}</div><div>21 Sep 2026, 20:11 by a@b.example:</div><blockquote class="tutanota_quote">Старый</blockquote>`],
    [
      'QQ',
      `<div>${A}</div><div style="font-size:12px"><div>------------------ 原始邮件 ------------------</div><div><b>发件人:</b> x</div></div><div>Старый</div>`,
    ],
    ['Roundcube', `<p>${A}</p><p id="reply-intro">On 2026-09-21 20:11, Anna wrote:</p><blockquote type="cite">Старый</blockquote>`],
    [
      'Airmail',
      `<div>${A}</div><p class="airmail_on">On 21 September 2026 at 20:11:05, Anna (<a>a@b.example</a>) wrote:</p><blockquote type="cite" class="clean_bq">Старый</blockquote>`,
    ],
    [
      'NetEase',
      `<div>${A}</div><p>At 2026-09-21 20:11:05, "Anna" &lt;a@b.example&gt; wrote:</p><blockquote id="isReplyContent">Старый</blockquote>`,
    ],
    [
      'Hotmail',
      `<div>${A}<br><div><hr id="stopSpelling">Date: Mon, 2 Apr 2026 17:44:22 +0400<br>Subject: Test<br>From: a@b.example<br>To: c@d.example<br><br><div>Старый</div></div></div>`,
    ],
  ])('%s', (_, html) => {
    const reply = extractReply({ html })
    expect(flat(reply.text)).toBe(A)
    expect(reply.quoted).toContain('Старый')
    expect(reply.html).toContain(A)
    expect(reply.html).not.toContain('Старый')
    expect(reply.html).not.toContain('Иван')
  })
})

describe('order and indents', () => {
  it.each<[string, string, string]>([
    [
      'an answer below the quote of Thunderbird',
      `<div class="moz-cite-prefix">21.09.2026 20:11, Анна пишет:<br></div><blockquote type="cite">Старый</blockquote><p>${A}</p>`,
      A,
    ],
    [
      'an answer below the quote of Gmail',
      `<div class="gmail_quote"><div class="gmail_attr">On Mon wrote:</div><blockquote class="gmail_quote">Q1?</blockquote><div><br></div><div>${A}</div></div>`,
      A,
    ],
    [
      'answers between the quotes of Gmail',
      '<div class="gmail_quote"><div class="gmail_attr">On Mon wrote:</div><blockquote class="gmail_quote">Q1?</blockquote><div>A1.</div><blockquote class="gmail_quote">Q2?</blockquote><div>A2.</div></div>',
      'On Mon wrote: > Q1? A1. > Q2? A2.',
    ],
    ['an indent of the author', '<div>Смотрите:</div><blockquote>Мой отступ</blockquote><div>Да.</div>', 'Смотрите: Мой отступ Да.'],
    ['an indent at the end', '<div>Вот адрес:</div><blockquote>ул. Ленина, 1</blockquote>', 'Вот адрес: ул. Ленина, 1'],
    [
      'a phrase quoted by hand in Gmail',
      '<div>Вы писали:</div><blockquote class="gmail_quote">Фраза</blockquote><div>Это не так.</div>',
      'Вы писали: Фраза Это не так.',
    ],
    ['the section of Spark when it is all there is', `<div name="messageReplySection">${A}</div>`, A],
    ['hidden text', `<div style="display:none">preheader</div><div>${A}</div>`, A],
  ])('%s', (_, html, expected) => {
    expect(flat(extractReply({ html }).text)).toBe(expected)
  })

  it('keeps an image that is the whole reply', () => {
    const reply = extractReply({
      html: '<div><img src="cid:x"></div><div class="gmail_quote">On x wrote:<blockquote>old</blockquote></div>',
    })
    expect(reply).toMatchObject({ text: '🖼', flags: ['image-only'] })
    expect(reply.html).toContain('cid:x')
    expect(reply.html).not.toContain('old')
  })

  it('puts the signature of Gmail aside', () => {
    const reply = extractReply({
      html: `<div dir="ltr">${A}<div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature">Иван, склад</div></div>`,
    })
    expect(reply).toMatchObject({ text: A })
    expect(reply.signature).toContain('Иван, склад')
  })
})

it('cuts inside preformatted text', () => {
  const reply = extractReply({ html: '<pre>Да.\n  Шлите.\n\n21.09.2026 20:11, Анна пишет:\n&gt; Старый\n&gt; текст\n</pre>' })
  expect(reply.text).toBe('Да.\n  Шлите.')
  expect(reply.html).toMatch(/^<pre>Да\.\n {2}Шлите\.\s*<\/pre>$/)
})

describe('text and HTML of one mail', () => {
  it('takes the text part where both are cut alike', () => {
    const reply = extractReply({
      text: `Ссылка: https://x.example/a\n\n21.09.2026 20:11, Анна пишет:\n> Старый`,
      html: `<p>Ссылка: <a href="https://x.example/a">здесь</a></p><div class="moz-cite-prefix">21.09.2026 20:11, Анна пишет:</div><blockquote type="cite">Старый</blockquote>`,
    })
    expect(reply.text).toBe('Ссылка: https://x.example/a')
    expect(reply.html).toContain('здесь')
  })
  it('takes the HTML where only its container shows the cut', () => {
    const reply = extractReply({
      text: `${A}\n\nHej hej 12\nСтарый и ещё один и ещё два`,
      html: `<p>${A}</p><div class="protonmail_quote">Hej hej 12<br>Старый и ещё один и ещё два</div>`,
    })
    expect(reply.text).toBe(A)
  })
  it('takes the part in which our marker has survived', () => {
    const text = `${A}\n\nXyz 12\n> ##~ x ~##\n> Старый и ещё один и ещё два`
    expect(
      extractReply({ text, html: `<p>${A}</p><p>Xyz 12</p><div class="yahoo_quoted">Старый и ещё один и ещё два</div>` }),
    ).toMatchObject({ flags: ['own-marker'] })
  })
  it('takes the part in which something is left', () => {
    const text = `Анна пишет 12 раз\nСтарый и ещё один и ещё два\n\nОт: a\nДата: 1\nКому: b\nТема: c`
    expect(
      extractReply({ text: `От: a\nДата: 1\nКому: b\nТема: c\n\n${text}`, html: `<p>${A}</p><div class="yahoo_quoted">${text}</div>` })
        .text,
    ).toBe(A)
  })
  it('takes the HTML where the text part is a stub', () => {
    expect(extractReply({ text: 'Open in your browser.', html: `<p>${'Много слов. '.repeat(40)}</p>` }).text).toMatch(/^Много слов/)
  })
})

describe('HTML as text', () => {
  it('shows what is visible, with quotes behind marks', () => {
    expect(
      htmlToText(
        '<head><title>t</title><style>x</style></head><h1>Head</h1><p>One &amp; <b>two</b><br>three</p><ul><li>a<li>b</ul><blockquote>q<blockquote>qq</blockquote></blockquote><script>no()</script>',
      ),
    ).toBe('Head\n\nOne & two\nthree\n\na\nb\n\n> q\n>> qq')
  })
  it('keeps the lines of preformatted text', () => {
    expect(htmlToText('<pre>a\n  b\n\nc</pre>')).toBe('a\n  b\n\nc')
  })
})
