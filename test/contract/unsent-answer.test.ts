import { expect, test } from 'vitest'
import { unsentAnswer, withFirst, withLater, withOrdered } from '../../core/contract/unsent-answer.ts'

const nothing = { order: {}, first: [], later: null, ordered: [], shown: null }

test('what each plugin leaves is read as it was left, and stands beside that of the others', () => {
  const order = { line: 'refund: case.tags add: money', action: 'case.tags', args: { add: ['money'] } }
  let data = withFirst({ note: 'kept' }, 'one.first', true)
  data = withFirst(data, 'two.first', true)
  data = withOrdered(withLater(data, 'one.later'), [order])
  expect(unsentAnswer({ data })).toEqual({ ...nothing, first: ['one.first', 'two.first'], later: 'one.later', ordered: [order] })
  // Named again it goes to the end, as whatever was ordered last; taken back, the others stay.
  expect(unsentAnswer({ data: withFirst(data, 'one.first', true) }).first).toEqual(['two.first', 'one.first'])
  const rest = withLater(withOrdered(withFirst(withFirst(data, 'one.first', false), 'two.first', false), []), null)
  expect(rest).toEqual({ note: 'kept', first: [] })
})

test('one action that stands alone, as earlier versions kept it, is a list of one; what is none of it is left out', () => {
  expect(unsentAnswer({ data: { first: 'one.first' } }).first).toEqual(['one.first'])
  const odd = { first: [1, null], later: 7, ordered: [{ line: 'x' }, 'y'], shown: { at: 'now' }, reply: 'no' }
  expect(unsentAnswer({ data: odd })).toEqual(nothing)
  expect(unsentAnswer(undefined)).toEqual(nothing)
})
