import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { loadSettled } from '../../core/app/load-settled.ts'
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

test('of a folder, everything below it counts: a file that grows, one that comes, one that goes', async () => {
  mkdirSync(path.join(folder, 'rules', 'deep'), { recursive: true })
  const rule = path.join(folder, 'rules', 'deep', 'a.yaml')
  const changes: readonly (() => void)[] = [
    () => writeFileSync(rule, 'rules:\n'),
    () => appendFileSync(rule, '  - name: a\n'),
    () => rmSync(rule),
  ]
  const waiting = settled(path.join(folder, 'rules'), clock)
  for (const change of changes) {
    change()
    clock.advance(500)
    expect(await peek(waiting)).toBeUndefined()
  }
  clock.advance(500)
  expect(await waiting).toBe(true)
})

test('rules and templates that are being written are waited for as the file is, and named where they keep changing', async () => {
  writeFileSync(file, 'mailboxes: { support: { address: support@example.test } }\nplugins: [desk, rules: { rules: mine }]\n')
  mkdirSync(path.join(folder, 'mine'))
  const rule = path.join(folder, 'mine', 'a.yaml')
  const whole = 'rules:\n  - { name: thank, on: reply, do: [{ tags: thanked }] }\n'
  // By the clock of the test, which runs ahead of the real one.
  const put = (text: string): void => {
    writeFileSync(rule, text)
    utimesSync(rule, new Date(clock.now()), new Date(clock.now()))
  }
  put(whole.slice(0, 30))
  let loaded: Awaited<ReturnType<typeof loadSettled>> | undefined
  const loading = loadSettled(file, clock).then((is) => (loaded = is))
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
  for (let n = 30; n < whole.length; n += 10) {
    put(whole.slice(0, n))
    for (let i = 0; i < 4; i++) {
      clock.advance(100)
      await turn()
    }
    expect(loaded).toBeUndefined()
  }
  put(whole)
  while (loaded === undefined) {
    clock.advance(100)
    await turn()
  }
  await loading
  expect(loaded).toMatchObject({ ok: true })

  let given: Awaited<ReturnType<typeof loadSettled>> | undefined
  const again = loadSettled(file, clock).then((is) => (given = is))
  for (let n = 0; given === undefined; n++) {
    put(`${whole}# ${n}\n`)
    clock.advance(400)
    await turn()
  }
  await again
  expect(given).toEqual({ changing: path.join(folder, 'mine') })
})
