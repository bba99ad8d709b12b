// Who is forgotten after his case was merged into that of somebody else is in neither of them any more.
import { expect, test } from 'vitest'
import { forget } from '../../core/cli/forget.ts'
import { behaviourKinds } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'
import { listening, sessionOf } from '../support/session.ts'

test.each(behaviourKinds)('subjects and fields that came with a merge go with the person (%s)', async (kind) => {
  const g = await testGateway({ plugins: ['desk', 'threading', 'recipients', 'merging', 'links', 'notify'], kind })
  try {
    const anna = agent('anna')
    await g.mail({ from: 'dora@customer.test', to: 'support@example.test', subject: 'Printer', text: 'It is broken' })
    await g.mail({ from: 'Carl Customer <carl@customer.test>', to: 'support@example.test', subject: 'Divorce papers', text: 'Print them' })
    await g.act('case.custom', '#1', { set: { shelf: 'A1' } }, anna)
    await g.act('case.custom', '#2', { set: { passport: 'X-700-Y', colour: 'amber' } }, anna)
    await g.act('merge.suggest', '#1', { into: '#2' }, anna)
    await g.act('case.merge', '#2', { into: '#1', subject: 'source' }, anna)
    await g.act('case.custom', '#1', { set: { colour: 'green' } }, anna)
    expect(await g.look('#1')).toMatchObject({ subject: 'Divorce papers', custom: { shelf: 'A1', passport: 'X-700-Y', colour: 'green' } })

    const { terminal } = listening()
    await forget(sessionOf(g, terminal), 'carl@customer.test', { yes: true })

    expect(await g.look('#1')).toMatchObject({ subject: 'Printer', custom: { shelf: 'A1', colour: 'green' } })
    const notes = (await g.look('#1')).notes.map((n) => n.text)
    expect(notes).toContain('Case #2 was merged into this one.')
    const rows: unknown[] = []
    for (const name of ['cases', 'messages', 'notes', 'notices', 'events', 'merging_merges', 'case_people', 'outbox'] as const)
      rows.push(...(await g.gateway.database.write.selectFrom(name).selectAll().execute()))
    for (const his of ['Divorce', 'X-700-Y', 'carl@customer', 'Carl Customer'])
      expect([his, JSON.stringify(rows).includes(his)]).toEqual([his, false])
  } finally {
    await g.stop()
  }
})
