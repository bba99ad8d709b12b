// Raw mail that has left the database: it is read as before, never lost, and goes when its mail goes.
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { blobsOf, readBlob, readBlobRange } from '../../core/store/blobs.ts'
import { moveOut, removeObjects } from '../../core/store/move-blobs.ts'
import { pruneRaw } from '../../core/store/retention.ts'
import { directoryStorage } from '../../core/store/storage/directory.ts'
import { s3Storage } from '../../core/store/storage/s3.ts'
import { client, tokenFor } from '../api/client.ts'
import { databaseKinds } from '../support/databases.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { s3Server } from '../support/s3-server.ts'

const plugins = ['desk', 'threading']
const rules = 'larger_than: 1kB, older_than: 1h'
const file = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251))
const mailOf = (n: number): string =>
  `From: carl@customer.test\r\nTo: support@example.test\r\nSubject: File ${n}\r\nMessage-ID: <f${n}@customer.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere ${n}\r\n--b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${file.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--b--\r\n`
const bring = (g: TestGateway, n: number) => g.mail({ from: 'carl@customer.test', to: 'support@example.test', raw: mailOf(n) })

interface Row {
  readonly id: string
  readonly raw: string
  readonly message: string
  /** Bytes that the database has. */
  readonly here: number
  readonly size: number
  readonly object: string | null
}
/** Accepted mails in their order. */
async function rows(g: TestGateway): Promise<readonly Row[]> {
  const found = await g.gateway.database.read
    .selectFrom('inbound')
    .innerJoin('blobs', 'blobs.id', 'inbound.raw_id')
    .leftJoin('blob_places', (j) =>
      j.onRef('blob_places.blob_id', '=', 'blobs.id').on('removed_at', 'is', null).on('moved_at', 'is not', null),
    )
    .select(['inbound.id', 'blobs.id as raw', 'inbound.message_id', 'blobs.bytes', 'blobs.size', 'blob_places.object'])
    .orderBy('inbound.id')
    .execute()
  return found.map((r) => ({ id: r.id, raw: r.raw, message: r.message_id ?? '', here: r.bytes.byteLength, size: r.size, object: r.object }))
}
/** Whatever is due is done: a look of the gateway's own may be under way, and have begun before it was. */
const rest = async (g: TestGateway): Promise<void> => {
  await g.gateway.mover.look()
  await g.gateway.mover.look()
}
const look = async (g: TestGateway, after = '10m'): Promise<void> => {
  await g.advance(after)
  await rest(g)
}

interface Place {
  readonly yaml: string
  /** Takes an object away; answers what it was. */
  take(object: string): Promise<Uint8Array>
  put(object: string, bytes: Uint8Array): Promise<void>
  has(object: string): Promise<boolean>
  stop(): Promise<void>
}
const places: Readonly<Record<'directory' | 's3', () => Promise<Place>>> = {
  async directory() {
    const folder = freshFolder('postern-blobs-')
    const at = (object: string): string => path.join(folder, object)
    return {
      yaml: `blobs: { directory: ${JSON.stringify(folder)}, ${rules} }`,
      take: async (object) => {
        const bytes = readFileSync(at(object))
        rmSync(at(object))
        return bytes
      },
      put: async (object, bytes) => writeFileSync(at(object), bytes),
      has: async (object) => readdirSync(path.dirname(at(object))).includes(path.basename(object)),
      stop: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
  async s3() {
    const server = await s3Server()
    const storage = s3Storage({ url: server.url, region: 'us-east-1', access_key: server.accessKey, secret_key: server.secretKey })
    return {
      yaml: `blobs: { s3: { url: ${JSON.stringify(server.url)}, access_key: ${server.accessKey}, secret_key: ${server.secretKey} }, ${rules} }`,
      take: async (object) => {
        const bytes = await storage.get(object)
        await storage.remove(object)
        return bytes ?? new Uint8Array()
      },
      put: (object, bytes) => storage.put(object, bytes),
      has: async (object) => (await storage.get(object)) !== null,
      stop: () => server.stop(),
    }
  },
}

const both = databaseKinds.flatMap((kind) => (['directory', 's3'] as const).map((storage) => ({ kind, storage })))
test.each(both)(
  'on $kind with $storage, large mail that has been taken in leaves, is read as before, and goes with its mail',
  async ({ kind, storage }) => {
    const place = await places[storage]()
    const g = await testGateway({ kind, plugins, config: place.yaml })
    try {
      await bring(g, 1)
      await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Small', text: 'Small' })
      await look(g)
      expect((await rows(g)).map((r) => r.here === r.size)).toEqual([true, true])
      await look(g, '1h')
      const [large, small] = await rows(g)
      if (!large || !small) throw new Error('no mail')
      expect([large.here, small.here, small.object]).toEqual([0, small.size, null])
      expect(await place.has(large.object ?? '')).toBe(true)

      const call = client(g, await tokenFor(g, { access: 'admin' }))
      const raw = await call('GET', `/v1/messages/${large.message}/raw`)
      expect([raw.status, raw.bytes.toString('latin1').endsWith(mailOf(1))]).toEqual([200, true])
      const [attachment] = await g.gateway.database.read
        .selectFrom('attachments')
        .select('id')
        .where('message_id', '=', large.message)
        .execute()
      expect((await call('GET', `/v1/attachments/${attachment?.id ?? ''}`)).bytes.equals(file)).toBe(true)
      expect(
        (await call('GET', `/v1/attachments/${attachment?.id ?? ''}`, { headers: { range: 'bytes=4000-4999' } })).bytes.equals(
          file.subarray(4000),
        ),
      ).toBe(true)
      const from = blobsOf(g.gateway.database, 'read')
      expect(await readBlobRange(from, large.raw, large.size - 3, large.size + 100)).toHaveLength(3)

      // Missing, and then something else in its place: said with what helps, and read again once it is back.
      const bytes = await place.take(large.object ?? '')
      await expect(readBlob(from, large.raw)).rejects.toThrow(`missing from ${storage === 's3' ? 'the bucket' : 'the directory'}`)
      await expect(readBlobRange(from, large.raw, 0, 5)).rejects.toThrow(large.object ?? '')
      expect((await call('GET', `/v1/messages/${large.message}/raw`)).status).toBe(503)
      await place.put(large.object ?? '', Buffer.from(bytes).fill(0, 0, 1))
      await expect(readBlob(from, large.raw)).rejects.toThrow('not what was put there')
      await place.put(large.object ?? '', bytes)
      expect(await readBlob(from, large.raw)).toHaveLength(large.size)

      // Retention takes the object along.
      expect(await pruneRaw(g.gateway.database, g.clock, g.clock.now())).toBe(2)
      expect(await place.has(large.object ?? '')).toBe(true)
      await rest(g)
      expect(await rows(g)).toEqual([])
      expect(await place.has(large.object ?? '')).toBe(false)
      expect(await g.gateway.database.read.selectFrom('blob_places').selectAll().execute()).toEqual([])
    } finally {
      await g.stop()
      await place.stop()
    }
  },
)

test('while the storage is down mail is accepted and stays in the database; when it is back the mail leaves', async () => {
  const folder = freshFolder('postern-down-')
  const [directory, away] = [path.join(folder, 'blobs'), path.join(folder, 'away')]
  // A file where the directory should be: nothing can be made below it.
  writeFileSync(directory, '')
  const g = await testGateway({ plugins, config: `blobs: { directory: ${JSON.stringify(directory)}, ${rules} }` })
  const failures = (): number => Number(/^postern_blob_storage_failures_total (\d+)/m.exec(shown)?.[1] ?? 0)
  let shown = ''
  try {
    expect(await bring(g, 1)).toMatch(/^250/)
    await look(g, '2h')
    shown = (await g.gateway.metrics.text()).body
    const first = failures()
    expect(first).toBeGreaterThan(0)
    expect((await rows(g)).map((r) => r.here === r.size)).toEqual([true])
    rmSync(directory)
    await look(g)
    expect((await rows(g)).map((r) => r.here)).toEqual([0])

    // Another disk, or none: what was moved is not there, and nothing more is put into what may be the wrong place.
    await bring(g, 2)
    renameSync(directory, away)
    mkdirSync(directory)
    await look(g, '2h')
    expect((await rows(g)).map((r) => r.here > 0)).toEqual([false, true])
    shown = (await g.gateway.metrics.text()).body
    expect(failures()).toBeGreaterThan(first)
    rmSync(directory, { recursive: true })
    renameSync(away, directory)
    await look(g)
    expect((await rows(g)).map((r) => r.here)).toEqual([0, 0])
  } finally {
    await g.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('what waits to be taken in stays in the database; what left is taken in again when an admin orders it', async () => {
  const place = await places.directory()
  const g = await testGateway({ plugins, config: place.yaml })
  try {
    await bring(g, 1)
    await g.gateway.database.write.updateTable('inbound').set({ state: 'parked' }).execute()
    await look(g, '2h')
    expect((await rows(g)).map((r) => r.here > 0)).toEqual([true])
    await g.gateway.database.write.updateTable('inbound').set({ state: 'dropped' }).execute()
    await look(g)
    const [row] = await rows(g)
    expect(row?.here).toBe(0)
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    expect((await call('POST', `/v1/inbound/${row?.id ?? ''}/retry`)).status).toBeLessThan(300)
    await g.settle()
    const [taken] = await g.gateway.database.read.selectFrom('inbound').select(['state', 'outcome', 'error']).execute()
    expect(taken).toEqual({ state: 'done', outcome: 'duplicate', error: null })
  } finally {
    await g.stop()
    await place.stop()
  }
})

test('a gateway that died between putting and deleting goes on from there; without its storage, or with another, none starts; `move: back` brings all back', async () => {
  const place = await places.directory()
  const folder = freshFolder('postern-killed-')
  let g = await testGateway({ plugins, folder, config: place.yaml })
  try {
    await bring(g, 1)
    await look(g, '2h')
    const [moved] = await rows(g)
    const whole = await readBlob(blobsOf(g.gateway.database), moved?.raw ?? '')
    // As a crash leaves it: the object is there, and the database has not let go.
    await g.gateway.database.write.updateTable('blobs').set({ bytes: whole }).execute()
    await g.gateway.database.write.updateTable('blob_places').set({ moved_at: null }).execute()
    const { clock } = g
    await g.stop()
    g = await testGateway({ plugins, folder, clock, config: place.yaml })
    await look(g)
    expect((await rows(g)).map((r) => [r.here, r.object])).toEqual([[0, moved?.object]])
    await g.stop()

    await expect(testGateway({ plugins, folder, clock })).rejects.toThrow('move: back')
    const bucket = 'blobs: { s3: { url: "http://127.0.0.1:1/mail", access_key: a, secret_key: b } }'
    await expect(testGateway({ plugins, folder, clock, config: bucket })).rejects.toThrow('blobs.directory')

    g = await testGateway({ plugins, folder, clock, config: place.yaml.replace('{', '{ move: back, ') })
    await look(g)
    expect((await rows(g)).map((r) => [r.here, r.object])).toEqual([[whole.byteLength, null]])
    await rest(g)
    expect(await place.has(moved?.object ?? '')).toBe(false)
    await g.stop()
    g = await testGateway({ plugins, folder, clock })
  } finally {
    await g.stop()
    rmSync(folder, { recursive: true, force: true })
    await place.stop()
  }
})

test('a mail that retention takes while its object is being put leaves none behind, and one that is ordered again meanwhile stays', async () => {
  const folder = freshFolder('postern-race-')
  const g = await testGateway({ plugins })
  try {
    const { database } = g.gateway
    const real = directoryStorage(folder)
    const objects = (): readonly string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('-'))
    const move = (meanwhile: () => Promise<unknown>): Promise<string> =>
      moveOut(database, { ...real, put: async (key, bytes) => (await meanwhile(), real.put(key, bytes)) }, g.clock, {
        ...{ largerThan: 100, before: g.clock.now() + 1, after: '' },
        ...{ count: () => undefined, going: () => true },
      })
    await bring(g, 1)
    await move(() => database.write.updateTable('inbound').set({ state: 'queued' }).execute())
    expect((await rows(g)).map((r) => r.here === r.size)).toEqual([true])
    await database.write.updateTable('inbound').set({ state: 'done' }).execute()
    await move(async () => {
      await pruneRaw(database, g.clock, g.clock.now() + 1)
      await removeObjects(database, real)
    })
    expect([await rows(g), objects()]).toEqual([[], []])
    expect(await database.read.selectFrom('blob_places').selectAll().execute()).toEqual([])
  } finally {
    await g.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('S3 with a wrong secret is refused by the server, and said to be away', async () => {
  const server = await s3Server()
  try {
    const wrong = s3Storage({ url: server.url, region: 'us-east-1', access_key: server.accessKey, secret_key: 'wrong' })
    for (const ask of [
      () => wrong.put('a/b', Buffer.from('x')),
      () => wrong.get('a/b'),
      () => wrong.range('a/b', 0, 1),
      () => wrong.remove('a/b'),
    ])
      await expect(ask()).rejects.toThrow('does not answer')
    const right = s3Storage({ url: server.url, region: 'us-east-1', access_key: server.accessKey, secret_key: server.secretKey })
    expect([await right.get('a/b'), await right.range('a/b', 0, 1), await right.remove('a/b')]).toEqual([null, null, undefined])
  } finally {
    await server.stop()
  }
})
