import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createThreads } from '../../core/mail/thread.ts'
import type { ThreadFacts } from '../../core/mail/thread.ts'
import { runs } from '../support/runs.ts'

const conversations = (mails: readonly Partial<ThreadFacts>[]): readonly number[] => {
  const threads = createThreads()
  mails.forEach((m, i) => threads.add(String(i), { messageId: null, inReplyTo: [], references: [], ...m }))
  const keys = [...threads.conversations().values()]
  return keys.map((k) => keys.indexOf(k))
}

test('mails that name one another are one conversation', () => {
  expect(
    conversations([{ messageId: 'a' }, { messageId: 'b', references: ['a'] }, { messageId: 'c', inReplyTo: ['b'] }, { messageId: 'd' }]),
  ).toEqual([0, 0, 0, 3])
})
test('a parent that never came joins its children', () => {
  expect(
    conversations([
      { messageId: 'b', references: ['ghost'] },
      { messageId: 'c', inReplyTo: ['ghost'] },
    ]),
  ).toEqual([0, 0])
})
test('the order of arrival does not matter', () => {
  expect(conversations([{ messageId: 'c', references: ['a', 'b'] }, { messageId: 'x' }, { messageId: 'a' }])).toEqual([0, 1, 0])
})
test('loops and self-references end', () => {
  expect(
    conversations([
      { messageId: 'a', references: ['b', 'a'] },
      { messageId: 'b', references: ['a', 'b'] },
    ]),
  ).toEqual([0, 0])
})
test('only the first id of In-Reply-To counts', () => {
  expect(conversations([{ messageId: 'a' }, { messageId: 'b' }, { messageId: 'c', inReplyTo: ['b', 'a'] }])).toEqual([0, 1, 1])
})
test('mails without any id stay alone', () => {
  expect(conversations([{}, {}, { messageId: 'a' }])).toEqual([0, 1, 2])
})
test('the partition is that of a plain search over shared ids', () => {
  const id = fc.constantFrom(...'abcdefgh')
  fc.assert(
    fc.property(
      fc.array(fc.record({ messageId: fc.option(id), references: fc.array(id, { maxLength: 3 }) }), { maxLength: 12 }),
      (mails) => {
        const sets = mails.map((m) => new Set([...(m.messageId === null ? [] : [m.messageId]), ...m.references]))
        const group = mails.map((_, i) => i)
        for (let changed = true; changed;) {
          changed = false
          for (let i = 0; i < mails.length; i++)
            for (let j = 0; j < mails.length; j++)
              if (group[i] !== group[j] && [...(sets[i] ?? [])].some((x) => sets[j]?.has(x))) {
                group[i] = group[j] = Math.min(group[i] ?? 0, group[j] ?? 0)
                changed = true
              }
        }
        expect(conversations(mails)).toEqual(group)
      },
    ),
    { numRuns: runs() },
  )
})
