import { expect, test } from 'vitest'
import { compileSchema } from '../../core/base/schema.ts'
import { rig } from './rig.ts'

const everything = [{ chat: {} }, 'bounces', 'recipients', 'agent-reply', { scheduler: { downtime: '3650d' } }, 'rules', 'notify']

test('every example fits its schema, and `postern events` shows every event with it', async () => {
  const r = await rig('sqlite', {}, { plugins: everything })
  try {
    const { events } = r.g.gateway.engine.registry
    const page = (await r.command('events', [])).out
    for (const [type, definition] of events) {
      expect(compileSchema(definition.data).check(definition.example), type).toMatchObject({ ok: true })
      expect(definition.version).toBeGreaterThanOrEqual(1)
      expect(definition.description).toMatch(/\S\.$/)
      expect(page).toContain(`## ${type}\n`)
    }
    expect((await r.command('events', ['case.created'])).out).not.toContain('## message.sent')
    await expect(r.command('events', ['case.nope'])).rejects.toThrow('there is no event "case.nope"')
  } finally {
    await r.stop()
  }
})
