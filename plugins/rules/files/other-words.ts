// Russian words for what rule files name in English: nobody is understood by them, everybody is shown the word that is meant.

const table = (rows: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(rows).flatMap(([word, others]) => others.split(', ').map((other) => [other, word] as const)))

/** Words of conditions, actions and events in Russian, each with the one that is meant; where a word is no action, say, another fits. */
export const ruleWords: ReadonlyMap<string, string> = table({
  status: 'статус, состояние',
  subject: 'тема',
  body: 'текст, тело',
  sender: 'отправитель, автор',
  domain: 'домен',
  requester: 'заявитель, заказчик',
  recipients: 'получатели, получатель',
  mailbox: 'ящик',
  assignee: 'ответственный, исполнитель',
  assign: 'назначить',
  group: 'группа',
  tags: 'метки, теги',
  tag: 'метка, тег',
  cc: 'копия',
  bcc: 'скрытая копия',
  note: 'заметка',
  reply: 'ответ, ответить',
  answer: 'ответ агента',
  template: 'шаблон',
  forward: 'переслать',
  split: 'разделить',
  receipt: 'квитанция, подтверждение',
  custom: 'поле, поля',
  language: 'язык',
  attachment: 'вложение, файл',
  kind: 'вид',
  hours: 'часы',
  first: 'первое',
  header: 'заголовок',
  incoming: 'входящее, входящий',
  outgoing: 'исходящее, исходящий',
  changed: 'изменено',
  all: 'все',
  any: 'любое',
  not: 'не',
  stop: 'стоп',
})
