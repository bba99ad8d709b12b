// Tells by its subject whether a mail is a forward or a reply, in the languages of the mail programs.

/** Whether the first prefix of a subject is a forward's. `fromLabel`: the label of the header block's From line, where one was found. */
export function isForwardSubject(subject: string, fromLabel?: string): boolean {
  const word = firstPrefix(subject)
  // Finnish Outlook answers with VS: (vastaus), Danish and Norwegian forward with it (videresendt).
  if (word === undefined || (word === 'vs' && fromLabel === 'lähettäjä')) return false
  return forwards.has(word)
}

/** Whether the first prefix of a subject is a reply's: "Re:", "AW:", "Отв:", "Re[2]:", "[list] SV:". */
export function isReplySubject(subject: string): boolean {
  const word = firstPrefix(subject)
  return word !== undefined && (replies.has(word) || /^re\^?\d{1,3}$/.test(word))
}

/** The word before the first colon, in lower case, without counters and the tag of a list. */
function firstPrefix(subject: string): string | undefined {
  const prefix = /^\s{0,20}(?:\[[^\]]{1,60}\]\s{0,5})?([^\s:：[\]]{1,14})\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]/u.exec(
    subject.slice(0, 200),
  )?.[1]
  return prefix?.toLowerCase().replaceAll('i̇', 'i').replace(/\.$/, '')
}

const forwards = new Set(
  'fw fwd fwd: wg tr rv i enc vs vb vl pd ilt redir redirecționat videresend videresendt vidarebefordrat doorst doorgestuurd fs továbbítás továbbítva tov transf trans rif πρθ yml ynl posl přeposl přeposláno přeposlat preposl prosl пересл пересылка пересылаю переслано пер переслане пересилання пд препр 转发 轉寄 轉發 転送 전달 chuyển'.split(
    ' ',
  ),
)
// "R" is Italian, "VS" Finnish (and a forward in Danish).
const replies = new Set(
  're réf ref rép rép. rep aw antw antwort antwoord sv svar svs vs vá vál vast ynt yan yanıt cevap odp odpověď odpoveď res resp respuesta resposta r rif risp bls απ απάντηση σχετ atb ats отв ответ re: на відп відповідь відпов адк одг одговор πρός 回复 回覆 答复 答覆 返信 답장 回信 转复 rv: trả balas ref: תשובה תגובה השב رد پاسخ ตอบ ts ант'.split(
    ' ',
  ),
)
