// The Model Context Protocol: programs that speak it read cases and order actions on behalf of an agent, by stdio (`postern mcp --as anna`) and
// over HTTP (POST /v1/mcp with On-Behalf-Of). Tools come of the registry; what they write to a customer is held for the agent by default.
import Type from 'typebox'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { PosternError, agentOrigin, definePlugin, describeError, mayAct } from '../../core/plugin.ts'
import { serverFor } from './tools.ts'

export default definePlugin({
  name: 'mcp',
  description: 'Tools for programs that speak the Model Context Protocol, on behalf of an agent.',
  config: Type.Object({
    answers: Type.Union([Type.Literal('hold'), Type.Literal('send')], {
      default: 'hold',
      description:
        'hold: an answer waits until the agent has read it, and tools that could only send are not there. send: it leaves at once.',
    }),
  }),
  setup: (host) => ({
    routes: [
      {
        method: 'POST',
        url: '/v1/mcp',
        access: 'act',
        summary: 'Speaks the Model Context Protocol (Streamable HTTP, one message a call), on behalf of an agent',
        schema: { body: Type.Object({}, { additionalProperties: true, description: 'A message of JSON-RPC' }) },
        async handle({ body, headers, origin, sees }) {
          if (origin.kind !== 'agent')
            throw new PosternError('invalid', 'send On-Behalf-Of: what a program does is done on behalf of an agent')
          const handler = createMcpHandler(() => serverFor(host, { origin, sees }), {
            onerror: (error) => host.log.warn({ error: describeError(error) }, 'a call of the Model Context Protocol failed'),
          })
          const passed = Object.entries(headers).filter(([name]) => name.startsWith('mcp-') || name === 'accept')
          const request = new Request('http://localhost/v1/mcp', {
            method: 'POST',
            headers: {
              accept: 'application/json, text/event-stream',
              ...Object.fromEntries(passed.map(([k, v]) => [k, v ?? ''])),
              'content-type': 'application/json',
            },
            body: JSON.stringify(body),
          })
          try {
            const answer = await handler.fetch(request)
            const text = await answer.text()
            const type = answer.headers.get('content-type')
            return { status: answer.status, headers: type === null ? {} : { 'content-type': type }, ...(text !== '' && { body: text }) }
          } finally {
            await handler.close()
          }
        },
      },
    ],
    commands: {
      mcp: {
        description: 'speaks the Model Context Protocol on the standard input and output, on behalf of an agent, until the input ends',
        usage: '',
        options: [['--as <agent>', 'id of the agent']],
        async run({ options }) {
          const agent = String(options.as ?? '')
          if (host.config.agents.get(agent)?.active !== true)
            throw new PosternError('invalid', 'postern mcp --as AGENT: an active agent of the configuration')
          const everywhere = [...host.config.mailboxes.keys()].every((m) => mayAct(host.config, agent, m))
          const sees = (mailbox: string | null): boolean => (mailbox === null ? everywhere : mayAct(host.config, agent, mailbox))
          await new Promise<void>((resolve) => {
            process.stdin.once('end', () => resolve())
            serveStdio(() => serverFor(host, { origin: agentOrigin(agent, 'cli'), sees }))
          })
          return 0
        },
      },
    },
  }),
})
