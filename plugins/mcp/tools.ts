// The tools of one agent: what may be read, and every action of the registry by its name and schema.
import { McpServer, fromJsonSchema } from '@modelcontextprotocol/server'
import type { CallToolResult, JsonSchemaType } from '@modelcontextprotocol/server'
import { PosternError, compileSchema } from '../../core/plugin.ts'
import type { ActionDefinition, Case, Host, Message, Note, Origin } from '../../core/plugin.ts'

/** For whom tools are made. */
export interface Asker {
  /** Always of an agent: what a program does is done on behalf of somebody. */
  readonly origin: Origin
  sees(mailbox: string | null): boolean
}

/** What the plugin is set to. */
export interface McpSettings {
  readonly answers: 'hold' | 'send'
}

type McpHost = Host<McpSettings>

/** What another order takes back: everything else is announced as destructive. */
const takenBack =
  /^(?:case\.(?:status|assign|subject|tags|cc|bcc|custom|follow|unfollow|mute|unmute|split|unsplit)|recipients\.\w+|reopen\.\w+|deferred\.(?:cancel|edit)|search\.find)$/

/** What leaves by itself, without an answer that could be held. */
const sends = /^(?:reply\.(?:defer|release)|template\.use|case\.(?:start|forward)|deferred\.send|schedule\.send|mail\.send|webhook\.call)$/

/** What only Postern itself orders. */
const internal = /^(?:agent-reply\.\w+|reply\.check|search\.find)$/

/** A server with the tools of this agent, by what the registry holds now. */
export function serverFor(host: McpHost, asker: Asker): McpServer {
  const server = new McpServer({ name: 'postern', version: '1' })
  readTools(host, asker, server)
  for (const [name, action] of host.registry.actions) {
    if (internal.test(name)) continue
    // Held answers wait for the agent; what could only be sent is not offered then.
    if (host.settings.answers === 'hold' && sends.test(name)) continue
    actionTool(host, asker, server, name, action)
  }
  return server
}

const reading = { readOnlyHint: true, openWorldHint: false }
const object = (properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) =>
  ({ type: 'object', properties, required, additionalProperties: false }) as JsonSchemaType // a JSON schema, written here
const ref = { type: 'string', description: 'Number (#12) or id of a case' }

function readTools(host: McpHost, asker: Asker, server: McpServer): void {
  const mailboxes = (): readonly string[] => [...host.config.mailboxes.keys()].filter((m) => asker.sees(m))
  server.registerTool(
    'list_cases',
    {
      description: 'Lists cases, the newest change first.',
      inputSchema: fromJsonSchema<{ readonly status?: Case['status'][]; readonly assignee?: string; readonly limit?: number }>(
        object({
          status: {
            type: 'array',
            items: { enum: ['open', 'waiting', 'closed', 'spam', 'trash'] },
            description: 'Default: open and waiting',
          },
          assignee: { type: 'string', description: 'Agent id; none: nobody' },
          limit: { type: 'integer', minimum: 1, maximum: 100 },
        }),
      ),
      annotations: reading,
    },
    ({ status, assignee, limit }) =>
      answered(async () => {
        const found = await host.look.cases({
          mailboxes: mailboxes(),
          statuses: status ?? ['open', 'waiting'],
          limit: limit ?? 20,
          ...(assignee !== undefined && { assignee: assignee === 'none' ? null : assignee }),
        })
        return { cases: found.map(summary) }
      }),
  )
  server.registerTool(
    'read_case',
    {
      description: 'Reads a case: who takes part, its messages (the newest twenty), internal notes, tags.',
      inputSchema: fromJsonSchema<{ readonly case: string }>(object({ case: ref }, ['case'])),
      annotations: reading,
    },
    ({ case: wanted }) =>
      answered(async () => {
        const c = await caseOf(host, asker, wanted)
        const messages = await host.look.messages(c.id, { limit: 20 })
        const people = await host.look.people(c.id)
        return {
          ...summary(c),
          ...{ cc: people?.cc ?? [], tags: await host.look.tags(c.id), custom: c.custom, version: c.version },
          messages: [...messages].reverse().map(message),
          notes: (await host.look.notes(c.id)).map(note),
        }
      }),
  )
  if (host.registry.actions.has('search.find'))
    server.registerTool(
      'search',
      {
        description: 'Finds cases by words and by what they are: refund "cracked screen" from:carl tag:vip status:open after:7d',
        inputSchema: fromJsonSchema<{ readonly query: string }>(
          object({ query: { type: 'string', minLength: 1, maxLength: 200 } }, ['query']),
        ),
        annotations: reading,
      },
      ({ query }) => answered(() => host.transact(asker.origin, (tx) => tx.act('search.find', null, { query }))),
    )
}

function actionTool(host: McpHost, asker: Asker, server: McpServer, name: string, action: ActionDefinition): void {
  const onCase = (action.on ?? 'case') === 'case'
  const holds = name === 'reply.send' && host.settings.answers === 'hold'
  const { properties, required, ...rest } = compileSchema(action.args).json
  // `agent` is the one on whose behalf the tools are there; `hold` is ours.
  const { agent: _agent, hold: _hold, attachments: _files, ...args } = (properties ?? {}) as Readonly<Record<string, unknown>> // an object schema
  const needed = (Array.isArray(required) ? required.map(String) : []).filter((key) => key in args)
  const schema = { ...rest, properties: { ...(onCase && { case: ref }), ...args }, required: [...(onCase ? ['case'] : []), ...needed] }
  server.registerTool(
    name.replaceAll('.', '_'),
    {
      title: name,
      description: holds ? `${action.description} It is held: the agent decides whether it leaves.` : action.description,
      inputSchema: fromJsonSchema<Readonly<Record<string, unknown>>>(schema as JsonSchemaType), // by compileSchema
      annotations: {
        readOnlyHint: false,
        destructiveHint: !holds && !takenBack.test(name),
        openWorldHint: /^(?:reply|template|case\.(?:start|forward))/.test(name) && !holds,
      },
    },
    (given) =>
      answered(async () => {
        const { case: wanted, ...rest_ } = given
        const order = { ...rest_, ...(holds && { hold: 'written_by_a_program' }) }
        return host.transact(asker.origin, async (tx) => {
          if (!onCase) {
            if (!asker.sees(null)) throw new PosternError('forbidden', 'this needs no case, and a scope without bounds')
            return tx.act(name, null, order)
          }
          const c = await tx.read.case(String(wanted))
          if (!c || !asker.sees(c.mailbox)) throw new PosternError('not_found', `case ${String(wanted).slice(0, 64)}`)
          return tx.act(name, c.id, order)
        })
      }),
  )
}

async function caseOf(host: McpHost, asker: Asker, wanted: string): Promise<Case> {
  const c = await host.look.case(wanted)
  if (!c || !asker.sees(c.mailbox)) throw new PosternError('not_found', `case ${wanted.slice(0, 64)}`)
  return c
}

/** What came of it as text; a refusal is an answer too, by which a model can do better. */
async function answered(work: () => Promise<unknown>): Promise<CallToolResult> {
  try {
    return { content: [{ type: 'text', text: JSON.stringify((await work()) ?? {}) }] }
  } catch (error) {
    if (!(error instanceof PosternError) || error.code === 'internal') throw error
    return { isError: true, content: [{ type: 'text', text: error.message }] }
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
const summary = (c: Case) => ({
  ...{ number: c.number, id: c.id, mailbox: c.mailbox, subject: c.subject, status: c.status, assignee: c.assignee, group: c.group },
  ...{ requester: c.requester, updated_at: iso(c.updatedAt) },
})
const message = (m: Message) => ({
  id: m.id,
  author: m.author,
  from: m.from,
  agent: m.agent,
  state: m.state,
  text: m.text,
  at: iso(m.createdAt),
})
const note = (n: Note) => ({ id: n.id, author: n.author, agent: n.agent, text: n.text, at: iso(n.createdAt) })
