// What is wrong with times and mentions in the arguments of actions, as far as it shows without the case.
import { PosternError } from '../../core/plugin.ts'
import type { ArgumentProblem, ArgumentsAsked } from '../../core/plugin.ts'
import { lengthBack, lengthIn, personOf, understand, understandHead } from './person.ts'
import type { Person } from './person.ts'
import { mentionsIn } from './reopen/mentions.ts'
import { numberBefore } from './reopen/store.ts'
import type { SchedulerSettings } from './settings.ts'
import { say } from './texts.ts'

/** The ways in which an action takes a time; `text`: a time and behind it a note, `add`: a length by which a time is moved. */
export interface TimeArgs {
  readonly at?: string
  readonly in?: string
  readonly add?: string
  readonly text?: string
}

/** Who is understood and answered where these arguments are ordered. */
export const whoAsks = (asked: ArgumentsAsked, agent?: string): Person => personOf(asked, asked.case?.mailbox ?? '', agent)

/** Of the `ways` exactly one is to be given (at most one where `optional`), and it has to be a time that can still come. */
export function timeWrong(
  settings: SchedulerSettings,
  asked: ArgumentsAsked,
  args: TimeArgs,
  {
    ways,
    optional = false,
    back = false,
    person = whoAsks(asked),
  }: {
    readonly ways: readonly (keyof TimeArgs)[]
    readonly optional?: boolean
    /** `at` may be a length back, by which what is planned is moved. */ readonly back?: boolean
    readonly person?: Person
  },
): readonly ArgumentProblem[] {
  const given = ways.filter((way) => args[way] !== undefined)
  const [way, ...more] = given
  if (way === undefined)
    return optional
      ? []
      : [{ path: [], message: say(person.locale, 'time.none', { ways: ways.join(', '), forms: say(person.locale, 'time.forms') }) }]
  if (more.length > 0) return [{ path: [more[0] ?? way], message: say(person.locale, 'time.several', { given: given.join(', ') }) }]
  // Which of several is meant shows only in the case.
  const text = way === 'text' || back ? numberBefore(args[way] ?? '').rest : (args[way] ?? '')
  return refusals([way], () => {
    if (way === 'add') lengthIn(settings, asked, person, text)
    else if (way === 'at' && back && lengthBack(settings, asked, person, text)) return
    else if (way === 'text') {
      if (!lengthBack(settings, asked, person, text)) understandHead(settings, asked, person, text)
    } else understand(settings, asked, person, text)
  })
}

/** Whom a note mentions that nobody is. */
export function mentionsWrong(
  asked: ArgumentsAsked,
  args: { readonly note?: string; readonly text?: string; readonly mentions?: readonly string[] },
): readonly ArgumentProblem[] {
  const person = whoAsks(asked)
  return [
    ...refusals([args.text === undefined ? 'note' : 'text'], () => mentionsIn(asked, person, args.text ?? args.note ?? '', [])),
    ...refusals(['mentions'], () => mentionsIn(asked, person, '', args.mentions ?? [])),
  ]
}

function refusals(path: ArgumentProblem['path'], ask: () => unknown): readonly ArgumentProblem[] {
  try {
    ask()
    return []
  } catch (error) {
    if (error instanceof PosternError && error.code === 'invalid') return [{ path, message: error.detail }]
    throw error
  }
}
