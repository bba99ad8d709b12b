// Reads mail outside of the event loop: worker threads that are killed when a mail costs too much (REL-12).
import { Worker } from 'node:worker_threads'
import { moduleExtension } from '../../base/module-extension.ts'
import { systemClock } from '../../base/clock.ts'
import type { Clock, Timer } from '../../base/clock.ts'
import { readHeaders } from '../../mail/read.ts'
import type { MinimalMail, ReadMail, Reply } from '../../mail/read.ts'
import type { SafeHtmls, UnsafeHtml } from '../../mail/safe-html.ts'
import type { SanitizedHtml } from '../../mail/sanitize.ts'
import type { LooseBody, ParseAnswer, ParseOptions, ParseRequest } from './parse-answer.ts'

/** Why nothing was read: a bound passed, too much time or memory, or a fault of ours. */
export interface ReadFailure {
  readonly ok: false
  readonly reason: 'limit' | 'timeout' | 'memory' | 'error'
  readonly detail: string
}

/** A mail read, or why not; then the header alone, for a degraded case. */
export type ReadOutcome =
  { readonly ok: true; readonly mail: ReadMail; readonly safe?: SafeHtmls } | (ReadFailure & { readonly headers: MinimalMail })

/** Worker threads that read mail. Each request is answered, one that took too much with the bound that it passed. */
export interface ParsePool {
  /** Never rejects. The bytes are copied, the caller keeps its own. Requests wait for a free worker in the order they came. */
  read(raw: Uint8Array, options?: ParseOptions): Promise<ReadOutcome>
  /** The author's words in a body without a header; never rejects. */
  reply(body: LooseBody): Promise<{ readonly ok: true; readonly reply: Reply } | ReadFailure>
  /** HTML of a mail made safe to show; never rejects. */
  html(unsafe: UnsafeHtml): Promise<{ readonly ok: true; readonly made: SanitizedHtml } | ReadFailure>
  /** Ends the workers; what still waits is answered with `error`. Harmless twice. */
  stop(): Promise<void>
}

/** How many threads there are and what one mail may cost. */
export interface ParsePoolOptions {
  /** Default 2. */
  readonly workers?: number
  /** Processor time for one mail, default 5000 ms: how busy the machine is says nothing of a mail. (The wall clock where Node cannot tell, before 24.6.) */
  readonly timeoutMs?: number
  /** Heap of one worker, default 256 MB. Buffers of the mail itself lie outside of the heap. */
  readonly heapMb?: number
  /** Added to the first mail's time in a new worker, default 5000 ms: loading its code takes 0.2 s and more. */
  readonly startMs?: number
  readonly clock?: Clock
}

interface Task {
  /** Made when a worker takes it: buffers in it are given away. */
  readonly request: () => { readonly message: ParseRequest; readonly transfer: readonly ArrayBuffer[] }
  readonly done: (answer: ParseAnswer | ReadFailure) => void
}

/** A worker that has been at its mail for so long (ms) is held up: another is started for those behind it. One reads 500 mails/s otherwise, and each takes 30 MB. */
const heldUpMs = 1000

/** A worker that neither works nor answers for so long (ms) is a fault of ours, and the mail is tried again. */
const silentMs = 120_000

interface Slot {
  worker: Worker | null
  task: Task | null
  timer: Timer | null
}

/** Workers start with the first mail that needs them and stay warm; idle they keep no process alive. */
export function createParsePool(options: ParsePoolOptions = {}): ParsePool {
  const clock = options.clock ?? systemClock
  const timeoutMs = options.timeoutMs ?? 5000
  const heapMb = options.heapMb ?? 256
  const startMs = options.startMs ?? 5000
  const slots: Slot[] = Array.from({ length: Math.max(1, options.workers ?? 2) }, () => ({ worker: null, task: null, timer: null }))
  const waiting: Task[] = []
  let stopped = false
  let again: Timer | undefined

  const settle = (slot: Slot, answer: ParseAnswer | ReadFailure): void => {
    const task = slot.task
    slot.timer?.cancel()
    slot.task = null
    slot.timer = null
    slot.worker?.unref()
    task?.done(answer)
    next()
  }
  /** Takes the worker out of its slot: whatever it still says or does no longer counts. */
  const discard = (slot: Slot): Promise<unknown> => {
    const worker = slot.worker
    slot.worker = null
    worker?.removeAllListeners()
    worker?.on('error', () => undefined)
    return worker?.terminate() ?? Promise.resolve()
  }
  const kill = (slot: Slot, reason: ReadFailure['reason'], detail: string): void => {
    void discard(slot)
    settle(slot, { ok: false, reason, detail })
  }
  const start = (slot: Slot): Worker => {
    const worker = new Worker(new URL(`./parse-worker${moduleExtension}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 12, stackSizeMb: 4 },
      // The parent's flags (a test runner's loaders) are none of its business.
      execArgv: [],
    })
    slot.worker = worker
    worker.on('message', (answer: ParseAnswer) => settle(slot, answer))
    worker.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') kill(slot, 'memory', `more than ${heapMb} MB`)
      else kill(slot, 'error', error.message)
    })
    worker.on('exit', () => kill(slot, 'error', 'the worker ended'))
    return worker
  }
  const next = (): void => {
    const free = slots.filter((s) => s.task === null)
    const slot = free.find((s) => s.worker) ?? free[0]
    if (slot && !slot.worker && waiting.length > 0 && slots.some((s) => s.worker)) {
      // All that run are busy, and perhaps only for a moment.
      const first = waiting[0]
      again ??= clock.setTimer(
        heldUpMs,
        () => {
          again = undefined
          if (waiting[0] === first) give(slot)
          next()
        },
        { background: true },
      )
      return
    }
    if (slot) give(slot)
  }
  const give = (slot: Slot): void => {
    if (slot.task) return
    const task = stopped ? undefined : waiting.shift()
    if (!task) return
    slot.task = task
    const fresh = slot.worker === null
    const worker = slot.worker ?? start(slot)
    worker.ref()
    // Starting a thread and loading its code is not the mail's fault.
    const budgetMs = timeoutMs + (fresh ? startMs : 0)
    const begun = clock.monotonic()
    const before = fresh ? Promise.resolve(0) : processorMs(worker)
    const watch = (inMs: number): void => {
      slot.timer = clock.setTimer(Math.max(20, inMs), () => void look())
    }
    const look = async (): Promise<void> => {
      const [first, now] = await Promise.all([before, processorMs(worker)])
      // It answered while it was asked about.
      if (slot.task !== task) return
      const passed = clock.monotonic() - begun
      const used = now === undefined ? passed : now - (first ?? 0)
      if (used >= budgetMs) return kill(slot, 'timeout', `more than ${timeoutMs} ms of processor time`)
      if (passed >= silentMs + budgetMs) return kill(slot, 'error', `no answer within ${Math.round(passed / 1000)} s`)
      watch(budgetMs - used)
    }
    watch(budgetMs)
    const { message, transfer } = task.request()
    worker.postMessage(message, transfer)
  }
  const ask = (request: Task['request']): Promise<ParseAnswer | ReadFailure> =>
    new Promise((done) => {
      if (stopped) return done(halted)
      waiting.push({ request, done })
      next()
    })

  return {
    async read(raw, readOptions = {}) {
      const answer = await ask(() => {
        const copy = Uint8Array.from(raw)
        return { message: { raw: copy, options: readOptions }, transfer: [copy.buffer] }
      })
      if ('mail' in answer) return answer
      return { ...(answer.ok ? halted : answer), headers: readHeaders(raw) }
    },
    async reply(body) {
      const answer = await ask(() => ({ message: { body }, transfer: [] }))
      return 'reply' in answer || !answer.ok ? answer : halted
    },
    async html(unsafe) {
      const answer = await ask(() => ({ message: { unsafe }, transfer: [] }))
      return 'made' in answer || !answer.ok ? answer : halted
    },
    async stop() {
      stopped = true
      again?.cancel()
      for (const task of waiting.splice(0)) task.done(halted)
      const ended = slots.map(discard)
      for (const slot of slots) if (slot.task) settle(slot, halted)
      await Promise.all(ended)
    },
  }
}

/** What a thread has used of the processors so far, ms; undefined where nobody can tell. */
async function processorMs(worker: Worker): Promise<number | undefined> {
  // Absent before Node 24.6, whatever the types say.
  if (!('cpuUsage' in Worker.prototype)) return undefined
  try {
    const { user, system } = await worker.cpuUsage()
    return (user + system) / 1000
  } catch {
    // It is not up yet, or has ended: then its end is told by itself.
    return 0
  }
}

const halted: ReadFailure = { ok: false, reason: 'error', detail: 'stopped' }
