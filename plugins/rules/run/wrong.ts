// What is wrong with the arguments of this plugin's actions whatever the case is, in English and Russian.
import { addressProblems, agentsOf, defineMessages, groupProblems, nearest, peopleProblems } from '../../../core/plugin.ts'
import type { ArgumentProblem, ArgumentsAsked, RegistryView } from '../../../core/plugin.ts'
import type { Templates } from '../files/template-files.ts'

const texts = {
  en: {
    template: 'there is no template “{name}”',
    meant: ', did you mean “{name}”?',
    wordless: 'the template “{name}” has no words to send',
    nothing: 'an automatic answer needs a template or a text',
    memberless: 'the group “{name}” has no active member',
    noMessage: 'there is no message of a customer to pass on',
    mailboxGone: 'the mailbox “{name}” is no longer in the configuration',
    laterless: 'only with the plugin scheduler can an answer leave later: add it to `plugins`',
  },
  ru: {
    template: 'нет шаблона «{name}»',
    meant: '; может быть, «{name}»?',
    wordless: 'в шаблоне «{name}» нет слов, которые можно отправить',
    nothing: 'для автоматического ответа нужен шаблон или текст',
    memberless: 'в группе «{name}» нет работающих сотрудников',
    noMessage: 'нет сообщения клиента, которое можно переслать',
    mailboxGone: 'ящика «{name}» больше нет в настройках',
    laterless: 'отправить ответ позже можно только с плагином scheduler: добавьте его в `plugins`',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const sayWrong = defineMessages(texts)

/** That there is no such template, or that one that is to be sent says nothing. */
export function templateWrong(
  { byName }: Templates,
  at: 'template' | 'name',
  name: string | undefined,
  sends: boolean,
  { locale }: ArgumentsAsked,
): readonly ArgumentProblem[] {
  if (name === undefined) return []
  const template = byName.get(name)
  if (template) return sends && !template.speaks ? [{ path: [at], message: sayWrong(locale, 'wordless', { name }) }] : []
  const near = nearest(name, byName.keys())
  const message = `${sayWrong(locale, 'template', { name })}${near === undefined ? '' : sayWrong(locale, 'meant', { name: near })}`
  return [{ path: [at], message, code: 'not_found' }]
}

/** That an automatic answer has neither a template nor words. */
export function answerWrong(
  args: { readonly template?: string; readonly text?: string; readonly html?: string },
  { locale }: ArgumentsAsked,
): readonly ArgumentProblem[] {
  const empty = args.template === undefined && args.text === undefined && args.html === undefined
  return empty ? [{ path: [], message: sayWrong(locale, 'nothing') }] : []
}

/** Addresses of those who get it; words such as `requester` are none. */
export function toWrong(to: string | readonly string[] | undefined, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  return typeof to === 'string' ? [] : addressProblems(['to'], to, asked)
}

/** What is a time, the plugin that sends later says. */
export function laterWrong(registry: RegistryView, at: string | undefined, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  if (at === undefined) return []
  if (!registry.action('reply.defer')) return [{ path: ['at'], message: sayWrong(asked.locale, 'laterless') }]
  const problems = registry.action('reply.defer')?.check?.({ text: '.', at } as never, asked) ?? [] // what that action takes
  return problems.filter((p) => p.path[0] === 'at')
}

/** Ids of agents and groups that nobody has. */
export const mentionsWrong = (given: string | readonly string[] | undefined, asked: ArgumentsAsked): readonly ArgumentProblem[] =>
  peopleProblems(['mentions'], given, asked)

/** A group that is not there, or in which nobody is active. */
export function turnWrong(group: string, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  const problems = groupProblems(['group'], group, asked)
  if (problems.length > 0 || agentsOf(asked.config, [group]).length > 0) return problems
  return [{ path: ['group'], message: sayWrong(asked.locale, 'memberless', { name: group }) }]
}
