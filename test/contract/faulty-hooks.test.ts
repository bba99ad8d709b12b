// A plugin that throws, rejects or does not answer at a hook: the mail is kept and tried again, and the gateway takes the next one.
import { afterEach, expect, test } from 'vitest'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const plugin = `
let faults = 0
const settings = { type: 'object', properties: { hook: { type: 'string' }, how: { type: 'string' } } }
const ways = {
  throw: () => { throw new Error('a fault of the plugin') },
  reject: () => Promise.reject(new Error('a fault of the plugin')),
  hang: () => new Promise(() => {}),
}
export default {
  name: 'faulty', description: 'Fails once at one hook.', config: settings,
  setup: ({ settings }) => {
    faults = 0
    const fail = (answer) => () => ((faults += 1) === 1 ? ways[settings.how]() : Promise.resolve(answer))
    const hooks = {
      route: fail(null), intake: fail({ verdict: 'pass' }), finish: fail(undefined), written: fail(undefined),
      on: { 'message.received': fail(undefined) },
    }
    return { [settings.hook]: hooks[settings.hook] }
  },
}
`

let g: TestGateway | undefined
afterEach(() => g?.stop())

const hooks = ['route', 'intake', 'on', 'finish', 'written'] as const
test.each(hooks.flatMap((hook) => (['throw', 'reject', 'hang'] as const).map((how) => ({ hook, how }))))(
  'a mail survives a plugin whose $hook does $how',
  async ({ hook, how }) => {
    g = await testGateway({
      config: 'intake: { hook_timeout: 2s }\n',
      plugins: [{ './faulty.mjs': { hook, how } }, 'desk', 'threading', 'notify'],
      files: { 'faulty.mjs': plugin },
    })
    const { clock, gateway } = g
    const mail = { from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken.' }
    expect(await g.deliver(mail)).toMatch(/^250 /)
    let waited = 0
    const subject = async () => {
      // A hook that hangs holds the writer.
      const c = await gateway.database.read.selectFrom('cases').select('subject').executeTakeFirst()
      if (!c) clock.advance(1000)
      waited += 1
      return c?.subject
    }
    await expect.poll(subject, { timeout: 30_000 }).toBe('Help')
    expect(waited).toBeGreaterThan(1)
    expect(await g.mail({ ...mail, subject: 'And again' })).toMatch(/^250 /)
    expect((await g.look('#2')).subject).toBe('And again')
    // A notification each for two agents, none twice.
    expect((await g.sent()).map((m) => `${m.rcpts.join()} ${m.mail.subject ?? ''}`).sort()).toEqual([
      'anna@agents.test [#1] Help',
      'anna@agents.test [#2] And again',
      'boris@agents.test [#1] Help',
      'boris@agents.test [#2] And again',
    ])
  },
)
