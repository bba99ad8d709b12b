// The transport that writes files.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { directoryTransport } from '../../core/edge/outgoing/directory.ts'
import { afterwards, mailTo, never, said, short } from './rig.ts'

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-'))
  afterwards(() => rm(directory, { recursive: true }))
  return directory
}

test('a mail becomes one file with exactly its bytes, and one with its envelope', async () => {
  const directory = join(await folder(), 'made', 'on', 'demand')
  const raw = Buffer.from([0x41, 0x3a, 0x20, 0xff, 0x0d, 0x0a, 0x0d, 0x0a, 0x2e, 0x0a])
  const [outcome] = await directoryTransport(directory).send(mailTo(['a@x.test', 'b@x.test'], { raw }), never)
  const files = (await readdir(directory)).sort()
  expect(files.map((f) => f.replace(/-[0-9a-f]{12}\./, '-H.'))).toEqual(['20261226T191231206Z-123-H.eml', '20261226T191231206Z-123-H.json'])
  expect(said(outcome)).toContain(files[0])
  expect((await readFile(join(directory, files[0] ?? ''))).equals(raw)).toBe(true)
  expect(JSON.parse(await readFile(join(directory, files[1] ?? ''), 'utf8'))).toEqual({
    from: 'bounce+1@us.test',
    rcpts: ['a@x.test', 'b@x.test'],
    envid: 'e=1',
  })
})

test('the same mail sent again is the same file, and other recipients of it are another', async () => {
  const directory = await folder()
  const transport = directoryTransport(directory)
  for (let i = 0; i < 3; i++) await transport.send(mailTo(['a@x.test']), never)
  expect(await readdir(directory)).toHaveLength(2)
  await transport.send(mailTo(['b@x.test']), never)
  expect(await readdir(directory)).toHaveLength(4)
})

test('names sort in the order in which the rows were written, within one ms too', async () => {
  const directory = await folder()
  const clock = new TestClock()
  const ids = idsFrom(clock)
  for (let i = 0; i < 40; i++) {
    if (i % 10 === 9) clock.advance(1)
    await directoryTransport(directory).send(mailTo(['a@x.test'], { id: ids.next(), raw: Buffer.from(String(i)) }), never)
  }
  const names = (await readdir(directory)).filter((n) => n.endsWith('.eml')).sort()
  const order = await Promise.all(names.map((n) => readFile(join(directory, n), 'utf8')))
  expect(order).toEqual(Array.from({ length: 40 }, (_, i) => String(i)))
})

test('a folder that cannot be written is a reason to try again, and nothing is left behind', async () => {
  const file = join(await folder(), 'a-file')
  await writeFile(file, '')
  const outcomes = await directoryTransport(file).send(mailTo(['a@x.test', 'b@x.test']), never)
  expect(short(outcomes)).toBe('retry retry')
})
