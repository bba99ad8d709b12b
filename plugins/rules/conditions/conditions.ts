// The conditions that rules know by themselves; those of other plugins come through the registry.
import Type from 'typebox'
import type { Static, TSchema } from 'typebox'
import { nearest } from '../../../core/plugin.ts'
import type { Facts } from './facts.ts'
import type { RuleContext } from './facts.ts'
import { compileNumber, compileSpan, numberSchema, spanSchema } from './number-test.ts'
import { compileText, fold, textSchema } from './text-test.ts'
import type { Folded, Report, TextSpec, TextTest } from './text-test.ts'

/** A condition made ready. */
export interface Test {
  test(facts: Facts): boolean | Promise<boolean>
  /** The value that was looked at, for people. */
  seen(facts: Facts): string | Promise<string>
}

/** What a condition may look up while it is compiled, and where it reports what is wrong in its value. */
export interface Compiling {
  readonly context: RuleContext
  readonly report: Report
}

/**
 * One condition that a rule file may name. `compile` is called once per use, with a value that was checked against `value`; it reports
 * faults and throws none.
 */
export interface Condition {
  readonly description: string
  /** Schema of its value in YAML. */
  readonly value: TSchema
  compile(value: unknown, compiling: Compiling): Test
}

/** The value was checked against the schema beside it before `compile` is called. */
function condition<S extends TSchema>(description: string, value: S, compile: (value: Static<S>, compiling: Compiling) => Test): Condition {
  return { description, value, compile: compile as Condition['compile'] }
}

const list = (description: string) => Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], { description })
const asList = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value)
const yesNo = Type.Boolean({ description: 'true or false.' })
const short = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 78)}...` : text)

/** Statuses by the names that people use, in English and Russian. */
export const statusNames: Readonly<Record<string, string>> = {
  ...{ open: 'open', waiting: 'waiting', closed: 'closed', spam: 'spam', trash: 'trash' },
  ...{ открытое: 'open', 'в ожидании': 'waiting', закрытое: 'closed', спам: 'spam', корзина: 'trash' },
}

/** One of known words; an unknown one is reported with the nearest. */
function oneOf(
  description: string,
  known: (context: RuleContext) => Iterable<string>,
  what: string,
  value: (facts: Facts) => string | null,
  also: readonly string[] = [],
): Condition {
  return condition(description, list(description), (given, { context, report }) => {
    const names = new Set([...known(context), ...also])
    asList(given).forEach((name, i) => {
      if (names.has(name)) return
      const near = nearest(name, names)
      report(typeof given === 'string' ? [] : [i], `there is no ${what} \`${name}\`${near ? `, did you mean \`${near}\`?` : ''}`)
    })
    const wanted = new Set(asList(given))
    return {
      test: (facts) => {
        const is = value(facts)
        return wanted.has(is ?? 'nobody') || (is !== null && wanted.has('anybody'))
      },
      seen: (facts) => value(facts) ?? 'nobody',
    }
  })
}

function text(description: string, bare: 'is' | 'contains', value: (facts: Facts) => Folded): Condition {
  return condition(description, textSchema, (given, { report }) => {
    const test = compileText(given, bare, report)
    return {
      test: (facts) => test(value(facts), (match) => void (facts.match = match)),
      seen: (facts) => short(value(facts).raw),
    }
  })
}

function number(description: string, value: (facts: Facts) => number | Promise<number>): Condition {
  return condition(description, numberSchema, (given, { report }) => {
    const test = compileNumber(given, (message) => report([], message))
    return {
      test: (facts) => {
        const n = value(facts)
        return typeof n === 'number' ? test(n) : n.then(test)
      },
      seen: async (facts) => String(await value(facts)),
    }
  })
}

function span(description: string, since: (facts: Facts) => number | null): Condition {
  return condition(description, spanSchema, (given, { report }) => {
    const test = compileSpan(given, (message) => report([], message))
    return {
      test: (facts) => {
        const at = since(facts)
        return at !== null && test(facts.tx.now - at)
      },
      seen: (facts) => {
        const at = since(facts)
        return at === null ? 'never' : `${Math.floor((facts.tx.now - at) / 60_000)} min ago`
      },
    }
  })
}

function truth(description: string, value: (facts: Facts) => boolean | Promise<boolean>): Condition {
  return condition(description, yesNo, (given) => ({
    test: (facts) => {
      const is = value(facts)
      return typeof is === 'boolean' ? is === given : is.then((b) => b === given)
    },
    seen: async (facts) => String(await value(facts)),
  }))
}

const mailKinds = ['normal', 'auto-reply', 'bounce', 'bulk', 'report', 'receipt', 'rule', 'forward'] as const
const attachmentSpec = Type.Object({
  name: Type.Optional(textSchema),
  type: Type.Optional(textSchema),
  over: Type.Optional(Type.String({ pattern: '^\\d+(\\.\\d+)?(kB|MB)$', 'x-pattern': 'a size such as 10MB', description: 'Larger than.' })),
})
const changeSpec = Type.Object({ from: Type.Optional(list('Value before.')), to: Type.Optional(list('Value after.')) })

/** The plugin's own conditions by the name that rule files use. */
export const conditions: Readonly<Record<string, Condition>> = {
  mailbox: oneOf(
    'Mailbox of the case, by id.',
    (a) => a.config.mailboxes.keys(),
    'mailbox',
    (f) => f.case.mailbox,
  ),
  channel: oneOf(
    'Channel of the case.',
    () => ['mail', 'chat'],
    'channel',
    (f) => f.case.channel,
  ),
  status: condition('Status of the case.', list('open, waiting, closed, spam or trash.'), (given, { report }) => {
    asList(given).forEach((name, i) => {
      if (Object.hasOwn(statusNames, name.toLowerCase())) return
      const near = statusNames[nearest(name, Object.keys(statusNames)) ?? '']
      const remedy = near ? `, did you mean \`${near}\`?` : '; there are open, waiting, closed, spam, trash'
      report(typeof given === 'string' ? [] : [i], `there is no status \`${name}\`${remedy}`)
    })
    const wanted = new Set(asList(given).map((name) => statusNames[name.toLowerCase()]))
    return { test: (f) => wanted.has(f.case.status), seen: (f) => f.case.status }
  }),
  assignee: oneOf(
    'Agent who is responsible, by id; nobody or anybody.',
    (a) => a.config.agents.keys(),
    'agent',
    (f) => f.case.assignee,
    ['nobody', 'anybody'],
  ),
  group: oneOf(
    'Group that is responsible, by id; nobody or anybody.',
    (a) => a.config.groups.keys(),
    'group',
    (f) => f.case.group,
    ['nobody', 'anybody'],
  ),
  tags: condition(
    'Tags of the case: one, a list of which one suffices, or {all, any, none}.',
    Type.Union([
      list('Tags.'),
      Type.Object({
        all: Type.Optional(list('Has all of them.')),
        any: Type.Optional(list('Has one of them.')),
        none: Type.Optional(list('Has none of them.')),
      }),
    ]),
    (given, { report }) => {
      const spec =
        typeof given === 'string' || Array.isArray(given)
          ? { any: given }
          : (given as { all?: string | string[]; any?: string | string[]; none?: string | string[] }) // what the union leaves
      const low = (value: string | readonly string[] | undefined): readonly string[] | undefined =>
        value === undefined ? undefined : asList(value).map((t) => t.trim().toLowerCase())
      const [all, any, none] = [low(spec.all), low(spec.any), low(spec.none)]
      if (!all && !any && !none) report([], 'nothing is asked of the tags; use all, any or none')
      for (const tag of all ?? []) if (none?.includes(tag)) report([], `never holds: \`${tag}\` stands under all and under none`)
      return {
        test: async (f) => {
          const tags = await f.tags()
          return (
            (!all || all.every((t) => tags.includes(t))) &&
            (!any || any.some((t) => tags.includes(t))) &&
            (!none || !none.some((t) => tags.includes(t)))
          )
        },
        seen: async (f) => `[${(await f.tags()).join(', ')}]`,
      }
    },
  ),
  subject: text('Subject of the message; a bare text has to be contained.', 'contains', (f) => f.subject),
  body: text('New words of the message, without quotes; a bare text has to be contained.', 'contains', (f) => f.body),
  sender: text('Address of the author.', 'is', (f) => f.sender),
  domain: text('Domain of the author.', 'is', (f) => f.domain),
  requester: text('Address of the requester of the case.', 'is', (f) => fold(f.case.requester.address)),
  recipients: condition('To and Cc of the message: one address has to fit.', textSchema, (given, { report }) => {
    const test = compileText(given, 'is', report)
    return { test: (f) => f.recipients.some((text) => test(text)), seen: (f) => `[${f.recipients.map((r) => r.raw).join(', ')}]` }
  }),
  cc: condition('People in copy of the case: one address has to fit.', textSchema, (given, { report }) => {
    const test = compileText(given, 'is', report)
    return {
      test: async (f) => (await f.cc()).some((p) => test(fold(p.address))),
      seen: async (f) => `[${(await f.cc()).map((p) => p.address).join(', ')}]`,
    }
  }),
  cc_count: number('How many people are in copy of the case.', async (f) => (await f.cc()).length),
  header: condition(
    'Headers of the mail: {X-Name: text}; true or false ask whether it is there.',
    Type.Record(Type.String(), Type.Union([Type.Boolean(), ...textBranches()])),
    (given, { report }) => {
      const tests = Object.entries(given as Record<string, boolean | TextSpec>).map(
        ([name, spec]): readonly [string, (value: Folded | null) => boolean] => {
          if (!/^[!-9;-~]{1,100}$/.test(name)) report([name], 'is not a name that a header can have')
          if (typeof spec === 'boolean') return [name.toLowerCase(), (value) => (value !== null) === spec]
          const test: TextTest = compileText(spec, 'is', (at, message, warning) => report([name, ...at], message, warning))
          return [name.toLowerCase(), (value) => value !== null && test(value)]
        },
      )
      if (tests.length === 0) report([], 'no header is named')
      const of = (f: Facts, name: string): Folded | null => {
        const value = f.intake.headers[name]
        return value === undefined ? null : fold(value)
      }
      return {
        test: (f) => tests.every(([name, test]) => test(of(f, name))),
        seen: (f) => tests.map(([name]) => `${name}: ${of(f, name)?.raw ?? 'not there'}`).join('; '),
      }
    },
  ),
  language: text('Language of the message (en, ru, de ...), guessed where the case has none.', 'is', (f) => fold(f.language)),
  attachment: condition(
    'Files of the message: true, false, or {name, type, over} that one of them fits.',
    Type.Union([Type.Boolean(), attachmentSpec]),
    (given, { report }) => {
      if (typeof given === 'boolean')
        return {
          test: async (f) => (await f.attachments()).some((a) => !a.inline) === given,
          seen: async (f) => `${(await f.attachments()).length} files`,
        }
      const spec = given as Static<typeof attachmentSpec> // what the union leaves
      const name =
        spec.name === undefined ? null : compileText(spec.name, 'is', (at, message, warning) => report(['name', ...at], message, warning))
      const type =
        spec.type === undefined ? null : compileText(spec.type, 'is', (at, message, warning) => report(['type', ...at], message, warning))
      const over = spec.over === undefined ? 0 : Number.parseFloat(spec.over) * (spec.over.endsWith('kB') ? 1000 : 1_000_000)
      if (!name && !type && over === 0) report([], 'nothing is asked of the files; use name, type, over, true or false')
      return {
        test: async (f) =>
          (await f.attachments()).some(
            (a) => (!name || name(fold(a.filename))) && (!type || type(fold(a.contentType))) && (over === 0 || a.sizeBytes > over),
          ),
        seen: async (f) => `[${(await f.attachments()).map((a) => `${a.filename} (${a.contentType}, ${a.sizeBytes} bytes)`).join(', ')}]`,
      }
    },
  ),
  kind: oneOf(
    'Kind of the message.',
    () => mailKinds,
    'kind of message',
    (f) => f.message?.kind ?? null,
  ),
  author: oneOf(
    'Who wrote the message.',
    () => ['customer', 'agent', 'system'],
    'author',
    (f) => f.message?.author ?? null,
  ),
  authenticated: oneOf(
    'What our own server says of the sender (setting authserv_id): pass, fail or none.',
    () => ['pass', 'fail', 'none'],
    'verdict',
    (f) => f.intake.auth,
  ),
  spam: truth('Whether the spam filter marked the mail (setting spam_header).', (f) => f.intake.spam),
  first: truth('Whether the message is the first of its case.', (f) => f.first()),
  known_sender: truth('Whether the requester has had a case before.', async (f) => (await f.earlierCases()) > 0),
  case_origin: oneOf(
    'Who made the case.',
    () => ['customer', 'agent', 'api', 'rule'],
    'origin',
    (f) => f.case.origin,
  ),
  age: span('Time since the case was made.', (f) => f.case.createdAt),
  since_customer: span('Time since the last message of the customer.', (f) => f.case.lastCustomerAt),
  since_agent: span('Time since the last message of an agent.', (f) => f.case.lastAgentAt),
  since_status: span('Time since the status changed.', (f) => f.case.statusAt),
  hours: condition(
    'Business hours: open or closed; {open: NAME} or {closed: NAME} for others than `default`.',
    Type.Union([
      Type.Literal('open'),
      Type.Literal('closed'),
      Type.Object({ open: Type.Optional(Type.String()), closed: Type.Optional(Type.String()) }),
    ]),
    (given, { context, report }) => {
      const spec: { readonly open?: string; readonly closed?: string } =
        given === 'open' ? { open: 'default' } : given === 'closed' ? { closed: 'default' } : (given as { open?: string; closed?: string }) // what the union leaves
      const name = spec.open ?? spec.closed
      const hours = name === undefined ? undefined : context.hours.get(name)
      if (name === undefined) report([], 'write open or closed')
      else if (!hours) report([], `there are no hours \`${name}\` in the settings of the plugin (hours: { ${name}: ... })`)
      const isOpen = (f: Facts): boolean => hours?.isOpen(f.tx.now) ?? false
      return { test: (f) => hours !== undefined && isOpen(f) === (spec.open !== undefined), seen: (f) => (isOpen(f) ? 'open' : 'closed') }
    },
  ),
  messages: number('How many messages the case has.', (f) => f.case.messageCount),
  notice: condition('Open notices of the case: true, false, or a kind.', Type.Union([Type.Boolean(), list('Kinds.')]), (given) => ({
    test: async (f) => {
      const open = await f.notices()
      return typeof given === 'boolean' ? open.length > 0 === given : open.some((n) => asList(given as string | string[]).includes(n.kind)) // what the union leaves
    },
    seen: async (f) => `[${(await f.notices()).map((n) => n.kind).join(', ')}]`,
  })),
  custom: condition(
    'Custom fields: {field: text}; true or false ask whether it is there.',
    Type.Record(Type.String(), Type.Union([Type.Boolean(), ...textBranches()])),
    (given, { report }) => {
      const tests = Object.entries(given as Record<string, boolean | TextSpec>).map(
        ([name, spec]): readonly [string, (value: unknown) => boolean] => {
          if (typeof spec === 'boolean') return [name, (value) => (value !== undefined && value !== null && value !== false) === spec]
          const test = compileText(spec, 'is', (at, message, warning) => report([name, ...at], message, warning))
          return [name, (value) => value !== undefined && value !== null && test(fold(String(value)))]
        },
      )
      return {
        test: (f) => tests.every(([name, test]) => test(f.case.custom[name])),
        seen: (f) => tests.map(([name]) => `${name}: ${JSON.stringify(f.case.custom[name] ?? null)}`).join('; '),
      }
    },
  ),
  changed: condition('What the event changed, for status, assignee, subject and mailbox: {from, to}.', changeSpec, (given, { report }) => {
    if (given.from === undefined && given.to === undefined) report([], 'write from or to')
    const wanted = (value: string | string[] | undefined): ReadonlySet<string> | null =>
      value === undefined ? null : new Set(asList(value).map((v) => statusNames[v.toLowerCase()] ?? v))
    const [from, to] = [wanted(given.from), wanted(given.to)]
    const data = (f: Facts): { readonly from: string; readonly to: string } => {
      const change = (f.event?.data ?? {}) as {
        readonly from?: string | null
        readonly to?: string | null
        readonly assignee?: string | null
      } // of whatever event: absent parts are nobody
      return { from: change.from ?? 'nobody', to: change.to ?? change.assignee ?? 'nobody' }
    }
    return {
      test: (f) => (!from || from.has(data(f).from)) && (!to || to.has(data(f).to)),
      seen: (f) => `${data(f).from} -> ${data(f).to}`,
    }
  }),
}

/** The branches of `textSchema`, for a union that has one more. */
function textBranches(): readonly TSchema[] {
  return (textSchema as unknown as { readonly anyOf: readonly TSchema[] }).anyOf // a TypeBox union keeps its branches here
}
