import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterAll, describe, expect, test } from 'vitest'
import { runInspect } from '../../core/cli/inspect.ts'
import { runThread } from '../../core/cli/thread.ts'
import { mail, ordinary, parts } from './mails.ts'

const folder = mkdtempSync(join(tmpdir(), 'inspect-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function inspect(options: {
  readonly stdin?: Readable
  readonly files?: readonly string[]
  readonly jsonl?: boolean
  readonly json?: boolean
  readonly color?: boolean
}): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const text = (stream: PassThrough): string => String(stream.read() ?? '')
  stdout.setEncoding('utf8')
  let out = ''
  stdout.on('data', (s: string) => (out += s))
  const code = await runInspect({
    stdin: options.stdin ?? Readable.from([]),
    stdout,
    stderr,
    files: options.files ?? [],
    jsonl: options.jsonl ?? false,
    json: options.json ?? false,
    color: options.color ?? false,
  })
  return { code, out, err: text(stderr) }
}

const answers = async (...lines: readonly string[]): Promise<unknown[]> => {
  const { out } = await inspect({ stdin: Readable.from([Buffer.from(lines.join('\n') + '\n')]), jsonl: true })
  return out
    .trim()
    .split('\n')
    .map((l): unknown => JSON.parse(l))
}
const eml = (id: string, raw: Buffer): string => JSON.stringify({ id, type: 'eml', raw: raw.toString('base64') })

describe('inspect --jsonl', () => {
  test('answers a mail with all that the protocol asks for', async () => {
    const raw = mail(
      [...ordinary, 'In-Reply-To: <0@desk.example>', 'Content-Type: multipart/mixed; boundary=b'],
      parts(
        '\nNew words\n\nOn Mon, 21 Sep 2026 at 09:00, Help <help@desk.example> wrote:\n> old words',
        'Content-Type: image/png; name=a.png\n\nxyz',
      ),
    )
    expect(await answers(eml('m', raw))).toMatchObject([
      {
        id: 'm',
        ok: true,
        mail: {
          from: { address: 'ann@example.org', name: 'Ann Lee' },
          to: [{ address: 'help@desk.example', name: '' }],
          cc: [],
          replyTo: [],
          subject: 'Order 17',
          messageId: '1@example.org',
          inReplyTo: '0@desk.example',
          references: [],
          date: '2026-09-21T07:00:00Z',
          attachments: [{ filename: 'a.png', contentType: 'image/png', size: 3 }],
        },
        reply: { text: 'New words', forwarded: false },
        kind: 'normal',
        evidence: [],
        bounce: null,
      },
    ])
  })
  test('answers bodies with the reply alone', async () => {
    const [text, html] = await answers(
      JSON.stringify({ id: 1, type: 'text', content: 'Hi\n\n> quoted' }),
      JSON.stringify({ id: 2, type: 'html', content: '<p>Hi</p><blockquote type="cite">quoted</blockquote>' }),
    )
    expect(text).toMatchObject({ id: 1, ok: true, reply: { text: 'Hi' } })
    expect(html).toMatchObject({ id: 2, ok: true, reply: { text: 'Hi' } })
  })
  test('goes on after bad lines, in order', async () => {
    expect(
      await answers('rubbish', '[1]', '{"id":"a"}', '{"id":"b","type":"pdf","content":""}', '', eml('c', mail(ordinary, 'x'))),
    ).toMatchObject([
      { id: null, ok: false },
      { id: null, ok: false },
      { id: 'a', ok: false },
      { id: 'b', ok: false },
      { id: 'c', ok: true },
    ])
  })
  test('answers each line before the next one is written', async () => {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()]
    const done = runInspect({ stdin, stdout, stderr: new PassThrough(), files: [], jsonl: true, json: false, color: false })
    for (const id of ['one', 'two', 'three']) {
      stdin.write(JSON.stringify({ id, type: 'text', content: 'a\u2028b' }) + '\n')
      const [line] = await new Promise<[Buffer]>((resolve) => stdout.once('data', (d: Buffer) => resolve([d])))
      expect(JSON.parse(line.toString())).toMatchObject({ id, ok: true })
    }
    stdin.end()
    expect(await done).toBe(0)
  })
  test('answers a mail over a bound with its header and the bound', async () => {
    expect(
      await answers(eml('bomb', mail([...ordinary, 'Content-Type: multipart/mixed; boundary=b'], '--b\n\n'.repeat(1500)))),
    ).toMatchObject([{ id: 'bomb', ok: true, mail: { subject: 'Order 17', text: '' }, limits: ['more than 1000 parts'] }])
  })
})

describe('inspect FILE', () => {
  const file = join(folder, 'mail.eml')
  writeFileSync(
    file,
    mail(
      [...ordinary, 'Auto-Submitted: auto-replied'],
      'New \x1b[31mwords',
      '',
      'On Mon, 21 Sep 2026 at 09:00, Help <help@desk.example> wrote:',
      '> old words',
    ),
  )

  test('shows header, kind with its evidence, and the reply apart from the quote', async () => {
    const { code, out } = await inspect({ files: [file] })
    expect(code).toBe(0)
    expect(out).toContain('From        Ann Lee <ann@example.org>')
    expect(out).toContain('Kind        auto-reply')
    expect(out).toContain('because   auto-submitted: auto-replied')
    expect(out.indexOf('old words')).toBeGreaterThan(out.indexOf('Quoted'))
  })
  test('lets no control sequence of the mail reach the terminal', async () => {
    expect((await inspect({ files: [file] })).out).not.toContain('\x1b')
    expect((await inspect({ files: [file], color: true })).out).not.toContain('\x1b[31mwords')
  })
  test('says which file cannot be read, and that one is needed', async () => {
    expect(await inspect({ files: [join(folder, 'none.eml')] })).toMatchObject({ code: 1, out: '' })
    expect((await inspect({})).code).toBe(2)
  })
})

test('thread --jsonl gives mails of one conversation the same key, and answers bad lines too', async () => {
  const raw = (id: string, ...refs: string[]): string =>
    mail(
      [...ordinary.slice(0, 3), `Message-ID: <${id}>`, ...(refs.length > 0 ? [`References: ${refs.map((r) => `<${r}>`).join(' ')}`] : [])],
      'x',
    ).toString('base64')
  const lines = [
    { id: 'a', raw: raw('1@x') },
    { id: 'b', raw: raw('3@x', '1@x', '2@x') },
    { id: 'c', raw: raw('9@x') },
    { id: 'd', raw: raw('8@x', '2@x') },
    { id: 'e' },
  ]
  const stdout = new PassThrough()
  expect(await runThread({ stdin: Readable.from([lines.map((l) => JSON.stringify(l)).join('\n')]), stdout })).toBe(0)
  const got = String(stdout.read())
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as { id: string; thread: string | null })
  expect(got.map((g) => g.id)).toEqual(['a', 'b', 'c', 'd', 'e'])
  const [a, b, c, d, e] = got.map((g) => g.thread)
  expect([b, d]).toEqual([a, a])
  expect(c).not.toBe(a)
  expect(e).toBeNull()
})
