// The labels of header lines (From:, Отправлено:, ..) that mail programs put above an old or forwarded mail.

/** What a header label means. */
export type LabelKind = 'from' | 'date' | 'to' | 'cc' | 'subject' | 'other'

/** The kind of a label (its text before the colon, any case, trimmed), or undefined for other words. */
export function labelKind(label: string): LabelKind | undefined {
  return kinds.get(label.toLowerCase())
}

/** All labels, longest first, for finding them inside a line that has run together. */
export function allLabels(): readonly string[] {
  return [...kinds.keys()].sort((a, b) => b.length - a.length)
}

const table = {
  from: `From|Von|De|De la|De parte de|Da|Van|Fra|Från|Frá|Od|Lähettäjä|Feladó|Kimden|Gönderen|Expeditor|Expeditorul|Expéditeur|Absender|Afzender|Avsändare
    |Afsender|Avsender|Šalje|Saatja|Mittente|Nadawca|Odesílatel|Odosielateľ|Remitente|Remetente|Pošiljatelj|Pošiljalac|Nuo|Siuntėjas|No|Sūtītājs
    |От|От кого|Отправитель|Від|Від кого|Відправник|Ад|Ад каго|Подател|Από|Αποστολέας|מאת|من|از|จาก|Từ|Người gửi|Dari
    |Од|Од кога|Испраћа|Шаље|Кімнен|Жіберуші|გამომგზავნი|ვისგან|Ումից|प्रेषक|द्वारा|থেকে|প্রেরক|Kimdən|Göndərən|Kimdan|Хэнээс|Илгээгч|Кимден|Жөнөтүүчү|Nga|Bhon|Ó|Kutoka|Daripada|Mula kay|Nork|Remitent|De part de|پیش از|ارسال کننده|فرستنده
    |发件人|寄件者|寄件人|差出人|送信元|送信者|보낸 사람|보낸사람|发送人`,
  date: `Sent|Date|Sent at|Sent on|Date sent|Gesendet|Gesendet am|Datum|Envoyé|Envoyé le|Envoyée|Message du|Enviado|Enviado el|Enviado em|Enviada em|Enviada el|Enviat|Fecha|Data
    |Inviato|Inviata|Inviato il|Verzonden|Verstuurd|Sendt|Dato|Skickat|Lähetetty|Päivämäärä|Päiväys|Wysłano|Wysłane|Odesláno|Odoslané|Elküldve|Dátum|Dată|Data|Trimis
    |Gönderildi|Gönderilen|Gönderme Tarihi|Gönderilme|Tarih|Отправлено|Дата|Отправка|Отправлен|Отправленные|Дата отправки|Відправлено|Надіслано|Дата надсилання|Адпраўлена|Poslano|Poslato
    |Saadetud|Kuupäev|Išsiųsta|Nosūtīts|Datums|Изпратено|Στάλθηκε|Ημερομηνία|נשלח|תאריך|تاريخ الإرسال|التاريخ|تاریخ|วันที่|Ngày|Đã gửi|Dikirim|Tanggal|Sent Date
    |Послато|Послано|Датум|Испратено|Жіберілді|Жіберілген күні|Күні|გაგზავნილი|გაგზავნის თარიღი|თარიღი|Ուղարկված|Ամսաթիվ|भेजा गया|भेजा|दिनांक|প্রেরিত|তারিখ|Göndərilib|Göndərilmə tarixi|Tarix|Yuborildi|Yuborilgan|Sana|Илгээсэн|Огноо|Жөнөтүлдү|Күнү|Dërguar|Seolta|Dáta|Imetumwa|Tarehe|Ipinadala|Bidalia|Bidaltze-data|Enviado o|Poslané|Fecha de envío|Data de envio|تاریخ ارسال|ارسال شده
    |发送时间|发送日期|日期|寄件日期|傳送時間|送信日時|日時|日付|보낸 날짜|보낸날짜|날짜|时间`,
  to: `To|An|Per a|À|A|Para|Aan|Til|Till|Vastaanottaja|Do|Komu|Címzett|Către|Destinatar|Destinatarul|Destinatario|Destinatário|Destinataire|Kime|Alıcı|Кому|Получатель|Получатели
    |Одержувач|Отримувач|Pre|Prima|Primatelj|Prejemnik|Pour|Adresat|Empfänger|Ontvanger|Mottagare|Modtager|Mottaker|Saaja|Kam|Kas|До|За|Каму|Προς|Παραλήπτης|אל|إلى|به
    |За|Коме|Прима|Кімге|Алушы|მიმღები|ვის|Ում|प्रति|को|प्राप्तकर्ता|প্রাপক|প্রতি|Kimə|Alan|Kimga|Хэнд|Хүлээн авагч|Кимге|Për|Chuig|Kwa|Kay|Nori|Adresatas|Kepada|گیرنده
    |ถึง|Đến|Tới|Người nhận|Kepada|Za|收件人|收件者|宛先|送信先|받는 사람|받는사람`,
  cc: `Cc|Kopie|Kopie (CC)|Kopia|Kopi|Kopi til|Kópia|Copie|Copie à|Copia|Copia a|Cópia|Con copia|DW|Do wiadomości|UDW|Másolat|Másolatot kap|Kopio|Bilgi|Копия|Копии|Копія|Копие
    |Копія (CC)|Копия (CC)|Koopia|Kopija|Kp|Kopiera|Αντίγραφο|Κοιν|Κοινοποίηση|עותק|نسخة|抄送|副本|参照|참조|Bcc|Cci|Cco|Ccn|Blindkopie|Скрытая копия|СК|CC to`,
  subject: `Subject|Betreff|Objet|Sujet|Asunto|Assunto|Oggetto|Onderwerp|Emne|Ämne|Aihe|Temat|Tytuł|Předmět|Predmet|Tárgy|Subiect|Subiectul|Konu|Тема|Тема письма|Тема листа|Teema
    |Предмет|Наслов|Тақырып|Тақырыбы|თემა|სათაური|Թեմա|विषय|বিষয়|Mövzu|Mavzu|Гарчиг|Сэдэв|Темасы|Subjekti|Tema|Ábhar|Mada|Paksa|Gaia|Asuntua|Dalykas|موضوع
    |Naslov|Zadeva|Tema|Temats|Относно|Θέμα|נושא|الموضوع|موضوع|เรื่อง|Chủ đề|Tiêu đề|Perihal|Subjek|Efni|主题|主旨|主題|件名|제목|Subj|Assumpte`,
  other: `Reply-To|Reply to|Ответить|Кому ответить|Ответ|Відповісти|Antwort an|Antworten an|Répondre à|Responder a|Responder para|Rispondi a|Risposta|Antwoord aan|Svar til|Svara till|Svar til
    |Importance|Priority|Wichtigkeit|Priorität|Importancia|Importância|Priorité|Важность|Важливість|Приоритет|Attachments|Attachment|Anlagen|Anhang|Anhänge|Вложения|Вкладення|Pièces jointes
    |Organization|Organisation|Resent-From|Reply-to Address|Message-ID|Mailing list|Signed by|Sensitivity`,
} satisfies Record<LabelKind, string>

const kinds: ReadonlyMap<string, LabelKind> = build()

function build(): Map<string, LabelKind> {
  const map = new Map<string, LabelKind>()
  const add = (kind: LabelKind, words: string): void => {
    for (const word of words.split('|')) {
      const label = word.trim().toLowerCase()
      if (!map.has(label)) map.set(label, kind)
    }
  }
  add('from', table.from)
  add('date', table.date)
  add('to', table.to)
  add('cc', table.cc)
  add('subject', table.subject)
  add('other', table.other)
  return map
}
