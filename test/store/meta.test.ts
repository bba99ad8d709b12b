import { expect, test } from 'vitest'
import { readMeta, settleMeta, writeMeta } from '../../core/store/meta.ts'
import { eachDatabase } from '../support/databases.ts'

eachDatabase((kind, open) => {
  test('of many who propose a value at once, all get the same', async () => {
    const db = await open()
    const got = await Promise.all(Array.from({ length: 20 }, (_, i) => settleMeta(db.write, 'key', () => `proposal ${i}`)))
    expect(new Set(got).size).toBe(1)
    expect(await readMeta(db.read, 'key')).toBe(got[0])
  })

  test('a written value replaces the old one', async () => {
    const db = await open()
    expect(await readMeta(db.read, 'key')).toBeUndefined()
    await writeMeta(db.write, 'key', 'a')
    await writeMeta(db.write, 'key', 'b')
    expect(await readMeta(db.read, 'key')).toBe('b')
    expect(db.kind).toBe(kind)
  })
})
