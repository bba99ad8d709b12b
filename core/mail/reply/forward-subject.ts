// Tells by its subject whether a mail is a forward or a reply, in the languages of the mail programs.

/** Whether the first prefix of a subject is a forward's. `fromLabel`: the label of the header block's From line, where one was found. */
export function isForwardSubject(subject: string, fromLabel?: string): boolean {
  const prefix = /^\s{0,20}(?:\[[^\]]{1,60}\]\s{0,5})?([^\s:：[\]]{1,14})\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]/u.exec(
    subject.slice(0, 200),
  )?.[1]
  if (prefix === undefined) return false
  const word = prefix.toLowerCase().replaceAll('i̇', 'i').replace(/\.$/, '')
  // Finnish Outlook answers with VS: (vastaus), Danish and Norwegian forward with it (videresendt).
  if (word === 'vs' && fromLabel === 'lähettäjä') return false
  return words.has(word)
}

const words = new Set(
  'fw fwd fwd: wg tr rv i enc vs vb vl pd ilt redir redirecționat videresend videresendt vidarebefordrat doorst doorgestuurd fs továbbítás továbbítva tov transf trans rif πρθ yml ynl posl přeposl přeposláno přeposlat preposl prosl пересл пересылка пересылаю переслано пер переслане пересилання пд препр 转发 轉寄 轉發 転送 전달 chuyển'.split(
    ' ',
  ),
)
