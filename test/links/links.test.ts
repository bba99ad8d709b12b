// Action links: looking changes nothing, pressing does it once, and everything else is said plainly with what is possible now (SEC-7).
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createLog } from '../../core/base/log.ts'
import { agent } from '../support/gateway.ts'
import { soundConfig } from '../support/sound-config.ts'
import { client, eachGateway, found, page } from '../recipients/rig.ts'
import type { Desk } from '../recipients/rig.ts'

const bea = 'Bea Boss <bea@customer.test>'

/** A case in which the client has left Bea out; the mails that the agents got about it. */
async function undecided(d: Desk) {
  await d.writes(client, { cc: bea, subject: 'Price <b>&amp;' })
  await d.g.act('reply.send', '#1', { text: 'We look into it' }, agent('anna'))
  await d.replies(client, await d.sent(), { text: 'Between us' })
  return { anna: await d.told('anna'), boris: await d.told('boris') }
}

/** Everything in the database but what every hour changes. */
async function everything(d: Desk): Promise<string> {
  return d.g.transact(async (tx) => {
    const out: unknown[] = []
    for (const table of [
      'cases',
      'case_people',
      'case_links',
      'messages',
      'notes',
      'notices',
      'events',
      'jobs',
      'outbox',
      'outbox_recipients',
      'links',
      'thread_keys',
    ] as const) {
      out.push((await tx.db.selectFrom(table).selectAll().execute()).map((r) => JSON.stringify({ ...r, position: undefined })).sort())
    }
    return JSON.stringify(out)
  })
}

const update = 'Update recipients'

eachGateway((start) => {
  test('GET and HEAD show what would happen, in the language of the agent, and change nothing', async () => {
    const d = await start()
    const { anna, boris } = await undecided(d)
    const before = await everything(d)
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD'])
      for (const url of [...d.links(anna).values(), ...d.links(boris).values()])
        expect((await page(url, undefined, method)).status).toBe(200)
    expect(await everything(d)).toBe(before)
    const shown = await page(d.link(anna, update))
    expect(shown.text).toContain('Case #1: Price <b>&amp; · For Anna Smith')
    expect(shown.title).toBe(update)
    expect(shown.text).toContain('Answers in case #1 will go to: carl@customer.test. No longer to: bea@customer.test.')
    expect((await page(d.link(boris, 'Обновить список получателей'))).text).toContain(
      'Ответы в обращении #1 будут получать: carl@customer.test. Больше не будут: bea@customer.test.',
    )
    expect(shown.html).not.toMatch(/<script|<img|<link|\son[a-z]+=/i)
    expect(shown.headers.get('referrer-policy')).toBe('no-referrer')
    expect(shown.headers.get('cache-control')).toBe('no-store')
    expect(shown.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    expect(shown.html.length).toBeLessThan(6000)
    // The token stands in the address alone.
    expect(shown.html).not.toContain(d.link(anna, update).split('/a/')[1] ?? 'no link')
  })

  test('POST does it once; the same link then says so and offers to take it back, and so on', async () => {
    const d = await start()
    const { anna, boris } = await undecided(d)
    const url = d.link(anna, update)
    const done = await d.press(url)
    expect([done.status, done.title]).toEqual([200, 'Done: Update recipients'])
    expect(done.forms.map((f) => f.label)).toEqual(['Undo'])
    expect((await d.look('#1')).cc).toEqual([])
    expect((await d.look('#1')).notices[0]).toMatchObject({ state: 'taken', takenAction: 'update', resolvedBy: 'anna' })
    const again = await page(url, {})
    expect([again.status, again.title]).toEqual([409, 'This was decided already: Anna Smith chose “Update recipients”.'])
    const theirs = await page(d.link(boris, 'Выделить в новое обращение'))
    expect([theirs.status, theirs.title]).toEqual([409, 'Решение уже принято: Anna Smith — «Обновить список получателей».'])
    // Undo, from the page that says that it is done; then the buttons are back, and the used link is still used.
    const undone = await d.press(url, 'Undo')
    expect(undone.title).toBe('Done: Undo')
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test'])
    const used = await page(url)
    expect([used.status, used.title]).toEqual([409, 'You have used this link already.'])
    expect(used.forms.map((f) => f.label)).toEqual(['Update recipients', 'Split into a new case'])
    // What the first page offered is good for the state that it showed alone.
    expect((await page(url, found(done.forms[0], 'a form').fields)).status).toBe(409)
    const split = await d.press(url, 'Split into a new case')
    expect(split.title).toBe('Done: Split into a new case')
    expect((await d.look('#2')).messages.map((m) => m.text.trim())).toEqual(['Between us'])
    expect((await d.press(url, 'Undo')).text).toContain('The reply goes back into case #1')
    expect((await d.look('#1')).messages.map((m) => m.text.trim())).toEqual(['It is broken', 'We look into it', 'Between us'])
  })

  test('a button that does something else by now is shown again instead of pressed', async () => {
    const d = await start()
    const { anna } = await undecided(d)
    const url = d.link(anna, update)
    const shown = await page(url)
    await d.g.act('case.bcc', '#1', { add: ['secret@customer.test'] }, agent('boris'))
    const again = await page(url, found(shown.forms[0], 'a form').fields)
    expect(again.text).toContain('This has changed since you opened the page')
    expect(again.text).toContain('secret@customer.test')
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test'])
    await page(url, found(again.forms[0], 'a form').fields)
    expect((await d.look('#1')).cc).toEqual([])
  })

  test('two who press at once: one is first, the other is told who was', async () => {
    const d = await start()
    const { anna, boris } = await undecided(d)
    const pages = await Promise.all([
      page(d.link(anna, update), {}),
      page(d.link(anna, update), {}),
      page(d.link(boris, 'Выделить в новое обращение'), {}),
    ])
    expect(pages.map((p) => p.status).sort()).toEqual([200, 409, 409])
    const c = await d.look('#1')
    expect(c.notices.filter((n) => n.state === 'taken')).toHaveLength(1)
    expect(c.cc.length + c.links.length).toBe(c.notices[0]?.takenAction === 'update' ? 0 : 2)
  })

  test('after 72 hours it has expired; fresh links come by mail to the agent, once an hour', async () => {
    const d = await start()
    const { anna } = await undecided(d)
    const url = d.link(anna, update)
    await d.g.advance('71h', 3_600_000)
    expect((await page(url)).status).toBe(200)
    await d.g.advance('2h', 3_600_000)
    const expired = await page(url)
    expect([expired.status, expired.title]).toEqual([410, 'This link has expired'])
    expect(expired.text).toContain('Links in mails are good for 72 hours.')
    expect(expired.forms.map((f) => f.label)).toEqual(['Send me fresh links'])
    expect((await page(url, {})).status).toBe(410)
    expect((await d.look('#1')).notices[0]?.state).toBe('open')
    d.g.clear()
    await d.press(url)
    await d.press(url)
    expect(await d.count('anna@agents.test')).toBe(1)
    const fresh = await d.told('anna')
    const links = [...(fresh.mail.text ?? '').matchAll(/http:\/\/\S+/g)].map(([u]) => u.replace(/^http:\/\/[^/]+/, new URL(url).origin))
    expect(links).toHaveLength(2)
    expect((await d.press(links[0] ?? '')).title).toBe('Done: Update recipients')
  })

  test('an overtaken link says so', async () => {
    const d = await start()
    const { anna } = await undecided(d)
    await d.replies(client, await d.sent(), { all: true })
    const shown = await page(d.link(anna, update), {})
    expect([shown.status, shown.title]).toEqual([409, 'This has been overtaken by what happened since in the case.'])
    expect(shown.forms).toEqual([])
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test'])
  })

  test('no letter of a token can be changed, and no token stands in a log', async () => {
    const lines: string[] = []
    const d = await start({ log: createLog({ level: 'debug', stream: { write: (line) => void lines.push(line) } }) })
    const { anna } = await undecided(d)
    const url = d.link(anna, update)
    const token = url.split('/a/')[1] ?? ''
    for (let i = 0; i < token.length; i += 7) {
      const other = token[i] === 'A' ? 'B' : 'A'
      const shown = await page(url.replace(token, `${token.slice(0, i)}${other}${token.slice(i + 1)}`), {})
      expect([shown.status, shown.title]).toEqual([404, 'This link is not known here. Perhaps it was cut in the mail: copy all of it.'])
    }
    expect((await page(url.slice(0, -5), {})).status).toBe(404)
    expect((await d.look('#1')).notices[0]?.state).toBe('open')
    await d.press(url)
    await page(url, {})
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('')).not.toContain(token.split('.')[1])
  })

  test('what an action refuses is not done at all: the link and the notice stay as they were', async () => {
    const d = await start()
    const { anna } = await undecided(d)
    const c = await d.look('#1')
    await d.g.transact((tx) =>
      tx.db
        .updateTable('links')
        .set({ action: 'reply.release', args: JSON.stringify({ message: c.messages[0]?.id }) })
        .execute(),
    )
    const shown = await page(d.link(anna, update), {})
    expect([shown.status, shown.title]).toEqual([409, 'That is no longer possible.'])
    expect(shown.forms.map((f) => f.label)).toEqual(['Update recipients', 'Split into a new case'])
    expect((await d.look('#1')).notices[0]).toMatchObject({ state: 'open', takenAction: null })
    expect(await d.g.transact((tx) => tx.db.selectFrom('links').select('id').where('used_at', 'is not', null).execute())).toEqual([])
  })

  test('who may no longer act presses in vain', async () => {
    const d = await start()
    const { anna } = await undecided(d)
    const file = path.join(d.g.folder, 'postern.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('anna: { ', 'anna: { active: false, '))
    const loaded = await soundConfig(file)
    d.g.gateway.reload(loaded.config, loaded.plugins)
    const shown = await page(d.link(anna, update), {})
    expect([shown.status, shown.title]).toEqual([403, 'This link belongs to somebody who may no longer act here.'])
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test'])
  })

  test('every other notice has links as well: a mail that failed is tried again; what nobody has worded gets general words', async () => {
    const d = await start()
    await d.writes(client)
    d.g.sink.script((m) => (m.at === 'rcpt' && m.rcpt === 'carl@customer.test' ? '550 5.1.1 no such user' : undefined))
    await d.g.act('reply.send', '#1', { text: 'Hello' }, agent('anna'))
    const failed = await d.told('anna')
    const retry = await page(d.link(failed, 'Try again now'))
    expect(retry.text).toContain('The mail to carl@customer.test could not be delivered: 550 5.1.1 no such user')
    d.g.sink.script(() => undefined)
    await d.press(d.link(failed, 'Try again now'))
    expect((await d.sent()).mail.text).toContain('Hello')
    expect((await d.look('#1')).notices.map((n) => [n.kind, n.state, n.takenAction])).toEqual([['delivery_failed', 'taken', 'retry']])
    await d.g.transact(async (tx) => {
      const c = found(await tx.cases.byRef('#1'), 'a case')
      await tx.notices.raise({
        caseId: c.id,
        kind: 'made_up',
        data: {},
        actions: [{ name: 'close_it', action: 'case.status', args: { status: 'closed' } }],
      })
    })
    await d.g.settle()
    const told = await d.told('boris')
    const shown = await page(d.link(told, 'close it'))
    expect(shown.text).toContain('Действие «close it» будет выполнено в обращении #1.')
    await d.press(d.link(told, 'close it'))
    expect((await d.look('#1')).status).toBe('closed')
  })
})
