// What the rules would do: a mail explained, scenarios run. Nothing of it is kept.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import type { Given } from '../../../engine/intake/arrival.ts'
import { explain, strayMail } from '../../../engine/intake/explain.ts'
import { readBlob } from '../../../store/blobs.ts'
import { acceptedMail } from '../../../store/inbound.ts'
import { requireUnbound } from '../access.ts'
import type { ApiCall, ApiRoute } from '../route.ts'
import { nullable } from './views.ts'

const text = Type.String()

const asked = Type.Object({
  message: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Id of a message or of an accepted mail, explained as of the time when it was taken in',
    }),
  ),
  raw: Type.Optional(
    Type.String({ minLength: 1, pattern: '^[A-Za-z0-9+/=\\s]+$', description: 'Instead: a raw mail in Base64, explained as of now' }),
  ),
  to: Type.Optional(
    Type.String({
      minLength: 3,
      maxLength: 320,
      description: 'Envelope recipient of the raw mail; default: the first of ours in its header',
    }),
  ),
  from: Type.Optional(
    Type.String({ maxLength: 320, description: 'Envelope sender of the raw mail; "" for none. Default: that of its header' }),
  ),
})

const explanation = Type.Object({
  outcome: Type.String({ description: 'What it becomes: case, message, bounce, dropped: ...' }),
  case: nullable(
    Type.Object({
      id: text,
      number: Type.Integer(),
      new: Type.Boolean({ description: 'Made by this mail: with the id and number that it would get' }),
    }),
  ),
  decisions: Type.Array(
    Type.Object({
      plugin: text,
      hook: text,
      text: Type.String({ description: 'For people: the evidence, or the name of a rule' }),
      data: Type.Optional(Type.Unknown({ description: 'Of a rule: what it asked, what it saw, what it did' })),
    }),
    { description: 'Every plugin and rule that was asked, in order' },
  ),
  events: Type.Array(Type.Object({ type: text, data: Type.Unknown(), origin: Type.Unknown() })),
  sends: Type.Array(Type.Object({ kind: text, to: Type.Array(text), subject: text }), { description: 'Mails that would leave' }),
})

const scenarios = Type.Object({
  yaml: Type.String({ minLength: 1, maxLength: 500_000, description: 'A scenario file as `postern test` reads it, without `config`' }),
  only: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Only tests with these words in their name' })),
})

const tested = Type.Object({
  ok: Type.Boolean({ description: 'All tests ran and hold' }),
  problems: Type.Array(text, { description: 'Why nothing ran: scenario:LINE:COLUMN: what is wrong' }),
  tests: Type.Array(
    Type.Object({
      name: text,
      ok: Type.Boolean(),
      steps: Type.Integer({ description: 'Steps that were done' }),
      failures: Type.Array(text, { description: 'scenario:LINE:COLUMN: what differs' }),
      ms: Type.Integer(),
    }),
  ),
})

/** Routes that try rules out without changing anything. */
export const rulesRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    url: '/v1/rules/explain',
    access: 'admin',
    tag: 'Rules',
    summary: 'Explains what would become of a mail, and why',
    description:
      'Its case and the evidence for it, what each plugin and rule decided, what would be sent. All of it is decided in a transaction that is rolled back. For tokens that are bound to no mailbox.',
    body: asked,
    response: explanation,
    async ask(call) {
      // What is decided may name cases of any mailbox.
      requireUnbound(call.principal)
      const { mail, raw, stored } = await mailOf(call, call.body as Static<typeof asked>) // checked against it
      const { engine, pool, clock } = call.services
      const seen = await explain(engine, pool, clock, mail, raw, stored ?? clock.now(), stored !== undefined)
      const { caseId, outcome } = seen.taken
      return {
        body: {
          outcome,
          case: caseId === null || seen.caseNumber === null ? null : { id: caseId, number: seen.caseNumber, new: seen.newCase },
          decisions: seen.decisions.map(({ plugin, hook, text: words, data }) => ({
            plugin,
            hook,
            text: words,
            ...(data !== undefined && { data }),
          })),
          events: seen.events,
          sends: seen.sends,
        },
      }
    },
  },
  {
    method: 'POST',
    url: '/v1/rules/test',
    access: 'admin',
    tag: 'Rules',
    summary: 'Runs scenario tests',
    description:
      'In a gateway in memory with the configuration file as it stands, which is in force from the next reload on; nothing of it touches this gateway. One call at a time, at most a minute. For tokens that are bound to no mailbox.',
    body: scenarios,
    response: tested,
    async ask(call) {
      // What is decided may name cases of any mailbox.
      requireUnbound(call.principal)
      const { yaml, only } = call.body as Static<typeof scenarios> // checked against it
      const { problems, tests } = await call.services.scenarios(yaml, only, call.services.stopping)
      return {
        body: {
          ok: problems.length === 0 && tests.every((t) => t.failures.length === 0),
          problems,
          tests: tests.map((t) => ({ ...t, ok: t.failures.length === 0 })),
        },
      }
    },
  },
]

/** `stored`: when it was taken in (ms UTC), where it was. */
async function mailOf(
  { services, db }: ApiCall,
  a: Static<typeof asked>,
): Promise<{ readonly mail: Given; readonly raw: Uint8Array; readonly stored?: number }> {
  const { engine, clock, config } = services
  if ((a.message === undefined) === (a.raw === undefined)) throw new PosternError('invalid', 'give either a message or a raw mail')
  if (a.raw !== undefined) {
    const raw = Buffer.from(a.raw, 'base64')
    if (raw.byteLength > config.limits.message_size) throw new PosternError('message_too_big')
    const mail = strayMail(
      engine,
      raw,
      { ...(a.to !== undefined && { to: a.to }), ...(a.from !== undefined && { from: a.from }) },
      clock.now(),
    )
    if (typeof mail === 'string') throw new PosternError('invalid', `${mail}; name one in \`to\``)
    return { mail, raw }
  }
  const mail = await acceptedMail(db, a.message ?? '')
  if (!mail || !config.mailboxes.has(mail.mailbox)) throw new PosternError('not_found', 'there is no such mail')
  if (mail.raw_id === null) throw new PosternError('gone', 'its bytes are no longer kept')
  return { mail, raw: await readBlob({ db, storage: services.database.storage }, mail.raw_id), stored: mail.updated_at }
}
