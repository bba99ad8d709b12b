import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { settled } from '../../core/app/settled.ts'

let folder = ''
let file = ''
let clock: TestClock
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-settled-'))
  file = path.join(folder, 'postern.yaml')
  writeFileSync(file, 'name: a\n')
  clock = new TestClock(Date.now())
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What the promise came to, or undefined while it waits. */
const peek = async (promise: Promise<boolean>): Promise<boolean | undefined> => {
  await new Promise((resolve) => setImmediate(resolve))
  return Promise.race([promise, Promise.resolve(undefined)])
}

test('a file is read half a second after its last change', async () => {
  const waiting = settled(file, clock)
  for (let writes = 0; writes < 5; writes++) {
    appendFileSync(file, `# ${writes}\n`)
    clock.advance(500)
    expect(await peek(waiting)).toBeUndefined()
  }
  clock.advance(500)
  expect(await waiting).toBe(true)
})

test('one that has stood for a while, or cannot be looked at, is read at once', async () => {
  clock.advance(60_000)
  expect(await settled(file, clock)).toBe(true)
  expect(await settled(path.join(folder, 'none.yaml'), clock)).toBe(true)
})

test('one that is put in the place of another is new', async () => {
  const waiting = settled(file, clock)
  rmSync(file)
  writeFileSync(file, 'name: b\n')
  clock.advance(500)
  expect(await peek(waiting)).toBeUndefined()
  clock.advance(500)
  expect(await waiting).toBe(true)
})

test('one that never stands still is given up after half a minute', async () => {
  const waiting = settled(file, clock)
  for (let writes = 0; writes < 70; writes++) {
    appendFileSync(file, 'x')
    clock.advance(500)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await peek(waiting)).toBe(false)
})
