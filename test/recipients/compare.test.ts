// For any people of a case and any recipients of a reply: the class is as defined, and nobody comes or goes but as the table says.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compare, listOf } from '../../plugins/recipients/compare.ts'
import type { CasePeople, ReplyPeople } from '../../plugins/recipients/compare.ts'
import { runs } from '../support/runs.ts'

const person = fc.constantFrom(...'abcdefgh'.split('').map((c) => `${c}@x.test`))
const people: fc.Arbitrary<CasePeople> = fc
  .tuple(person, fc.uniqueArray(person, { maxLength: 6 }), fc.uniqueArray(person, { maxLength: 3 }))
  .map(([requester, cc, bcc]) => ({
    requester,
    cc: cc.filter((a) => a !== requester),
    bcc: bcc.filter((a) => a !== requester && !cc.includes(a)),
  }))
const reply: fc.Arbitrary<ReplyPeople> = fc.tuple(person, fc.uniqueArray(person, { maxLength: 7 })).map(([from, others]) => {
  const all = [from, ...others.filter((a) => a !== from)].map((address) => ({ address, name: '' }))
  return { from: { address: from, name: '' }, all }
})
const since = fc.uniqueArray(person, { maxLength: 4 }).map((list) => new Set(list))

test('the class is as defined', () => {
  fc.assert(
    fc.property(people, reply, since, (p, r, joined) => {
      const found = compare(p, r, joined)
      const named = r.all.map((a) => a.address)
      const expected = p.cc.filter((a) => !joined.has(a))
      if (!named.includes(p.requester)) expect(found.class).toBe('c')
      else if (expected.some((a) => !named.includes(a))) expect(found.class).toBe('b')
      else expect(found.class).toBe(named.some((a) => a !== p.requester && !p.cc.includes(a) && !p.bcc.includes(a)) ? 'a' : 'same')
      expect(found.by).toBe(
        r.from.address === p.requester ? 'requester' : p.cc.includes(r.from.address) || p.bcc.includes(r.from.address) ? 'cc' : 'outsider',
      )
      // A requester cannot write without himself.
      if (found.by === 'requester') expect(found.class).not.toBe('c')
      for (const a of found.added) expect([p.requester, ...p.cc, ...p.bcc]).not.toContain(a.address)
      for (const a of found.dropped) expect(named).not.toContain(a)
      expect(found.dropped.every((a) => a === p.requester || p.cc.includes(a))).toBe(true)
    }),
    { numRuns: runs(5000) },
  )
})

test("the list of a reply, once it is the case's, is the list of that reply again, and then nothing is left to say", () => {
  fc.assert(
    fc.property(people, reply, (p, r) => {
      fc.pre(r.all.some((a) => a.address === p.requester))
      const cc = listOf(p, r).map((a) => a.address)
      const after = { ...p, cc }
      expect(listOf(after, r).map((a) => a.address)).toEqual(cc)
      expect(compare(after, r)).toMatchObject({ class: 'same', added: [], dropped: [] })
      expect(cc).not.toContain(p.requester)
      for (const b of p.bcc) expect(cc).not.toContain(b)
    }),
    { numRuns: runs(5000) },
  )
})
