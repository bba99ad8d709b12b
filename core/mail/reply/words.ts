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

/** Weekdays, full and short, without the trailing dot. */
// prettier-ignore
export const WEEKDAYS: readonly string[] = [
  'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday', 'mon', 'tue', 'tues', 'wed', 'thu', 'thur', 'thurs', 'fri', 'sat', 'sun',
  'montag', 'dienstag', 'mittwoch', 'donnerstag', 'freitag', 'samstag', 'sonnabend', 'sonntag', 'mo', 'di', 'mi', 'do', 'don', 'fr', 'sa', 'so',
  'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche', 'lun', 'mar', 'mer', 'jeu', 'ven', 'sam', 'dim',
  'lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo', 'mié', 'jue', 'vie', 'sáb', 'dom',
  'lunedì', 'martedì', 'mercoledì', 'giovedì', 'venerdì', 'sabato', 'domenica', 'gio', 'sab',
  'segunda', 'terça', 'quarta', 'quinta', 'sexta', 'segunda-feira', 'terça-feira', 'quarta-feira', 'quinta-feira', 'sexta-feira', 'seg', 'ter', 'qua', 'qui', 'sex',
  'maandag', 'dinsdag', 'woensdag', 'donderdag', 'vrijdag', 'zaterdag', 'zondag', 'ma', 'wo', 'vr', 'za', 'zo',
  'mandag', 'tirsdag', 'onsdag', 'torsdag', 'fredag', 'lørdag', 'søndag', 'måndag', 'tisdag', 'lördag', 'söndag', 'man', 'tir', 'ons', 'tor', 'tors', 'fre', 'lør', 'søn', 'mån', 'tis', 'lör', 'sön',
  'maanantai', 'tiistai', 'keskiviikko', 'torstai', 'perjantai', 'lauantai', 'sunnuntai', 'ti', 'ke', 'to', 'pe', 'la', 'su',
  'poniedziałek', 'wtorek', 'środa', 'czwartek', 'piątek', 'sobota', 'niedziela', 'pon', 'wt', 'śr', 'czw', 'pt', 'sob', 'niedz',
  'pondělí', 'úterý', 'středa', 'čtvrtek', 'pátek', 'neděle', 'po', 'út', 'st', 'čt', 'pá', 'ne', 'pondelok', 'utorok', 'streda', 'štvrtok', 'piatok', 'nedeľa', 'ut', 'št', 'pi',
  'hétfő', 'kedd', 'szerda', 'csütörtök', 'péntek', 'szombat', 'vasárnap', 'sze', 'pazartesi', 'salı', 'çarşamba', 'perşembe', 'cuma', 'cumartesi', 'pazar', 'pzt', 'sal', 'çar', 'per', 'cum', 'cmt', 'paz',
  'luni', 'marți', 'miercuri', 'joi', 'vineri', 'sâmbătă', 'duminică', 'mie', 'ponedjeljak', 'utorak', 'srijeda', 'četvrtak', 'petak', 'subota', 'nedjelja', 'uto', 'sri', 'čet', 'pet', 'sub', 'ned',
  'понедельник', 'вторник', 'среда', 'среду', 'четверг', 'пятница', 'пятницу', 'суббота', 'субботу', 'воскресенье', 'пн', 'вт', 'ср', 'чт', 'пт', 'сб', 'вс',
  'понеділок', 'вівторок', 'середа', 'середу', 'четвер', 'пʼятниця', "п'ятниця", 'п’ятниця', "п'ятницю", 'п’ятницю', 'субота', 'суботу', 'неділя', 'неділю', 'нд',
]

/** Beginnings of month names (three letters or more), enough to tell a month from another word next to a number. */
// prettier-ignore
export const MONTHS: readonly string[] = [
  'jan', 'feb', 'fév', 'fev', 'mar', 'mär', 'mrt', 'maa', 'apr', 'avr', 'abr', 'may', 'mai', 'maj', 'mei', 'mag', 'jun', 'jui', 'juin', 'jul', 'juil', 'giu', 'lug', 'lip', 'lug',
  'aug', 'aoû', 'aou', 'ago', 'sep', 'set', 'okt', 'oct', 'out', 'ott', 'nov', 'dec', 'dez', 'déc', 'dic', 'des', 'gen', 'ene', 'gru', 'sty', 'lut', 'kwi', 'cze', 'sie', 'wrz', 'paź', 'lis',
  'led', 'úno', 'bře', 'dub', 'kvě', 'čer', 'srp', 'zář', 'říj', 'pro', 'máj', 'jún', 'júl', 'tam', 'hel', 'huh', 'tou', 'kes', 'hei', 'elo', 'syy', 'lok', 'mar', 'jou',
  'oca', 'şub', 'nis', 'haz', 'tem', 'ağu', 'eyl', 'eki', 'kas', 'ara', 'ian', 'iun', 'iul', 'sij', 'vel', 'ožu', 'tra', 'svi', 'kol', 'ruj', 'stu', 'márc', 'ápr', 'szep', 'febr',
  'янв', 'фев', 'мар', 'апр', 'мая', 'май', 'июн', 'июл', 'авг', 'сен', 'окт', 'ноя', 'дек', 'січ', 'лют', 'бер', 'кві', 'тра', 'чер', 'лип', 'сер', 'вер', 'жов', 'лис', 'гру',
  'ιαν', 'φεβ', 'μαρ', 'απρ', 'μαΐ', 'ιουν', 'ιουλ', 'αυγ', 'σεπ', 'οκτ', 'νοε', 'δεκ', 'ינו', 'פבר', 'מרץ', 'אפר', 'מאי', 'יונ', 'יול', 'אוג', 'ספט', 'אוק', 'נוב', 'דצמ',
]

/** The word "user" that Gmail put before the name. */
export const USER_WORDS: readonly string[] = ['пользователь', 'користувач', 'użytkownik', 'uživatel', 'používateľ', 'gebruiker']
