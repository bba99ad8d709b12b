// The words by which people's mail programs say "on that day this person wrote", in the languages we know.
//
// Word lists are data: lower case, one entry a word or phrase, grouped by language. `attribution.ts` reads them.

/** Writing verbs of attribution lines. */
// prettier-ignore
export const VERBS: readonly string[] = [
  // English, German, Dutch, Scandinavian
  'wrote', 'writes', 'sent', 'said', 'a wrote', 'schrieb', 'hat geschrieben', 'geschrieben', 'schreef', 'geschreven', 'skrev', 'skrifaði',
  // Romance
  'a écrit', 'écrit', 'a ecrit', 'escribió', 'escribio', 'ha escrito', 'escribiu', 'va escriure', 'ha escrit', 'ha scritto', 'scrive', 'scritto',
  'escreveu', 'a scris', 'scris', 'idatzi du',
  // Finnic, Hungarian, Turkish, Baltic
  'kirjoitti', 'kirjutas', 'ezt írta', 'írta', 'írt', 'yazdı', 'şunu yazdı', 'şunları yazdı', 'rašė', 'parašė', 'rakstīja',
  // Slavic in Latin letters
  'napisał', 'napisała', 'napisał(a)', 'napisana przez', 'pisze', 'napsal', 'napsala', 'napsal(a)', 'píše', 'napísal', 'napísala', 'napísal(a)',
  'napisao', 'napisala', 'napisao/la', 'je pisal', 'je napisal', 'piše',
  // Russian, Ukrainian, Belarusian, Bulgarian, Greek
  'написал', 'написала', 'написал(а)', 'написал(-а)', 'написали', 'написано', 'писал', 'писала', 'писали', 'писал(а)', 'пишет', 'пишут',
  'написав', 'написала', 'написав(ла)', 'написав(-ла)', 'написали', 'писав', 'писали', 'пише', 'напісаў', 'піша', 'написа', 'έγραψε',
  // Hebrew, Arabic, Persian, Vietnamese, Indonesian, Thai
  'כתב', 'כתבה', 'כתב/ה', 'كتب', 'نوشت', 'đã viết', 'menulis', 'เขียน', 'เขียนว่า',
  // Others
  'je написао', 'написао', 'је написала', 'је написао', 'је написао/ла', 'напиша', 'напишал', 'жазды', 'жазған', 'бичсэн', 'yazıb', 'yozdi', 'язды', 'წერდა', 'დაწერა', 'წერს', 'գրել է', 'գրեց', 'ने लिखा', 'लिखा', 'नेलिखा', 'লিখেছেন',
  'எழுதியது', 'نے لکھا', 'shkroi', 'shkruajti', 'skreiv', 'het geskryf', 'geskryf', 'ysgrifennodd', 'scríobh', 'aliandika', 'skribis', 'sumulat', 'nagsulat', 'telah menulis', 'escribía', 'escrivía',
  // Chinese, Japanese, Korean: no blanks around them
  '写道', '寫道', '编写', '撰寫', 'のメッセージ', 'のメール', '書きました', '書き込みました', '작성', '썼습니다', '쓴 글', '님이 작성',
]

/** Words that may open an attribution before its date: "On ..", "Le ..", "W dniu ..". */
// prettier-ignore
export const OPENERS: readonly string[] = [
  'on', 'at', 'am', 'le', 'el', 'il', 'in', 'op', 'em', 'no', 'den', 'd', 'dne', 'dňa', 'dnia', 'w', 'en', 'la', 'pe', 'în', 'de', 'dia', 'data',
  'dana', 'u', 'a', 'aš', 'på', 'pada', 'vào', 'lúc', 'στις', 'в', 'во', 'у', 'от', 'на', 'el día', '在', '於', '于', 'בתאריך', 'ב', 'في', 'در', 'giorno',
  'dniu', 'datum', 'leta', 'klo', 'kl', 'az', 'ngày', 'p', 'plkst',
]

/** The word "user" that Gmail put before the name. */
export const USER_WORDS: readonly string[] = ['пользователь', 'користувач', 'użytkownik', 'uživatel', 'používateľ', 'gebruiker']

/** Words in lower case that stand in attributions beside dates, names and verbs. */
// prettier-ignore
export const CONNECTORS: ReadonlySet<string> = new Set([
  // between the parts of a date
  'at', 'of', 'the', 'time', 'um', 'uhr', 'à', 'às', 'as', 'a', 'las', 'los', 'alle', 'ore', 'ora', 'o', 'godz', 'godzinie', 'v', 'u', 'om', 'uur', 'kl', 'klo', 'kello', 'kell',
  'de', 'del', 'd', 'den', 'der', 'do', 'dia', 'giorno', 'hs', 'hrs', 'h', 'am', 'pm', 'a.m', 'p.m', 'м.м', 'μ.μ', 'π.μ', 'saat', 'saatte', 'tarihinde', 'g', 'plkst', 'gada', 'm',
  'г', 'р', 'ч', 'в', 'во', 'о', 'об', 'у', 'к', 'на', 'за', 'года', 'году', 'год', 'року', 'рік', 'час', 'часов', 'час.', 'ж', 'ж.', 'стис', 'στις', 'ώρα', 'lúc', 'thg', 'th', 'ngày',
  'pukul', 'jam', 'keltezéssel', 'időpont', 'időpontban', 'is', 'la', 'le', 'mesz', 'mez', 'cest', 'cet', 'utc', 'gmt', 'msk', 'мск', 'selč', 'seč', 'bst', 'est', 'edt', 'pst', 'pdt',
  // between date, name and verb
  'nachm', 'vorm', 'mittags', 'odp', 'dop', 'popołudniu', 'de', 'du', 'd.u', 'd.e', 'пп', 'дп', 'чч', 'пополудни', 'утра', 'вечера', 'дня', 'ночи', 'πμ', 'ip', 'ap', 'em', 'fm',
  'from', 'by', 'via', 'user', 'sender', 'from:', 'von', 'vom', 'van', 'der', 'des', 'von:', 'par', 'por', 'da', 'di', 'dal', 'od', 'przez', 'przez:', 'från', 'fra', 'av', 'af', 'от', 'від', 'из',
  'пользователь', 'користувач', 'użytkownik', 'uživatel', 'používateľ', 'gebruiker', 'användare', 'usuario', 'usuário', 'utente', 'utilisateur', 'benutzer', 'χρήστης', 'ο', 'η', 'потребител',
  'odesílatel', 'odosielateľ', 'adresa', 'on', 'in', 'message', 'article', 'письме', 'своём', 'своем', 'сообщении', 'листі', 'via:', 'and', 'und', 'et', 'y', 'e', 'i', 'и', 'і', 'та',
  // beside the verb
  'heeft', 'het', 'volgende', 'hat', 'ha', 'ezt', 'je', 'şunu', 'şunları', 'ki', 'following', 'folgendes', 'följande', 'følgende', 'seuraavaa', 'il', 'el', 'lo', 'dnia', 'dniu', 'w', 'się', 'тарафынан',
])

/** People whom an author speaks of or to: an attribution names somebody. */
export const PRONOUNS: ReadonlySet<string> = new Set(
  'i you he she we they your my our his her their ich du er sie wir ihr ihre ihren unser mein dein je tu il elle nous vous ils yo tú él ella usted io lui lei noi voi eu ele ela você я ты он она оно мы вы они ваш ваша ваши вам мне наш ти він вона воно ми ви вони ваші ja ty on ona my wy pan pani'.split(
    ' ',
  ),
)
