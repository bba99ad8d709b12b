import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { PollLoop } from '../../core/base/poll-loop.ts'

/** A loop whose looks end when the test says so. */
function loopInHand(pauseMs = 1000) {
  const clock = new TestClock(0)
  const looks: ((well: boolean) => void)[] = []
  const loop = new PollLoop({ clock, look: () => new Promise((resolve) => looks.push(resolve)), pause: () => pauseMs })
  const end = async (well = true): Promise<void> => {
    looks.at(-1)?.(well)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { clock, loop, looks, end }
}

test('one look at a time, and one more for all who asked meanwhile', async () => {
  const { loop, looks, end } = loopInHand()
  loop.ask()
  loop.ask()
  loop.ask()
  expect([looks.length, loop.asked]).toEqual([1, true])
  await end()
  expect([looks.length, loop.asked]).toEqual([2, false])
  await end()
  expect([looks.length, loop.looking]).toEqual([2, undefined])
  await loop.stop()
})

test('nobody asks: the next look comes after the pause', async () => {
  const { clock, loop, looks, end } = loopInHand()
  loop.ask()
  await end()
  clock.advance(999)
  expect(looks).toHaveLength(1)
  clock.advance(1)
  expect(looks).toHaveLength(2)
  await end()
  await loop.stop()
})

test('after a look that failed, what was asked waits for the pause', async () => {
  const { clock, loop, looks, end } = loopInHand()
  loop.ask()
  loop.ask()
  await end(false)
  expect([looks.length, loop.asked]).toEqual([1, false])
  clock.advance(1000)
  expect(looks).toHaveLength(2)
  await end()
  await loop.stop()
})

test('held there are no looks, and released there is one at once', async () => {
  const { clock, loop, looks, end } = loopInHand()
  loop.hold(true)
  loop.ask()
  clock.advance(5000)
  expect(looks).toHaveLength(0)
  loop.hold(false)
  expect(looks).toHaveLength(1)
  await end()
  await loop.stop()
})

test('stopping waits for the look under way and begins no other, harmless twice', async () => {
  const { clock, loop, looks, end } = loopInHand()
  loop.ask()
  loop.ask()
  let stopped = false
  const stop = loop.stop().then(() => (stopped = true))
  expect(stopped).toBe(false)
  await end()
  await stop
  loop.ask()
  clock.advance(5000)
  await loop.stop()
  expect(looks).toHaveLength(1)
})
