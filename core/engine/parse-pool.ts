// Reads mail outside of the event loop: worker threads that are killed when a mail costs too much (REL-12).
import { Worker } from 'node:worker_threads'
import { systemClock } from '../base/clock.ts'
import type { Clock, Timer } from '../base/clock.ts'
import { readHeaders } from '../mail/read.ts'
import type { MinimalMail, ReadMail, ReadOptions } from '../mail/read.ts'
import type { ParseAnswer, ParseRequest } from './parse-worker.ts'

/** A mail read, or why not; then the header alone, for a degraded case. */
export type ReadOutcome =
  | { readonly ok: true; readonly mail: ReadMail }
  | { readonly ok: false; readonly reason: 'limit' | 'timeout' | 'memory' | 'error'; readonly detail: string; readonly headers: MinimalMail }

export interface ParsePool {
  /** Never rejects. The bytes are copied, the caller keeps its own. Requests wait for a free worker in the order they came. */
  read(raw: Uint8Array, options?: ReadOptions): Promise<ReadOutcome>
  /** Ends the workers; what still waits is answered with `error`. Harmless twice. */
  stop(): Promise<void>
}

export interface ParsePoolOptions {
  /** Default 2. */
  readonly workers?: number
  /** Wall clock for one mail, default 5000 ms. */
  readonly timeoutMs?: number
  /** Heap of one worker, default 256 MB. Buffers of the mail itself lie outside of the heap. */
  readonly heapMb?: number
  readonly clock?: Clock
}

interface Task {
  readonly raw: Uint8Array
  readonly options: ReadOptions
  readonly done: (outcome: ReadOutcome) => void
}

interface Slot {
  worker: Worker | null
  task: Task | null
  timer: Timer | null
}

/** Workers start with the first mail that needs them and stay warm; they keep no process alive by themselves. */
export function createParsePool(options: ParsePoolOptions = {}): ParsePool {
  const clock = options.clock ?? systemClock
  const timeoutMs = options.timeoutMs ?? 5000
  const heapMb = options.heapMb ?? 256
  const slots: Slot[] = Array.from({ length: Math.max(1, options.workers ?? 2) }, () => ({ worker: null, task: null, timer: null }))
  const waiting: Task[] = []
  let stopped = false

  const settle = (slot: Slot, outcome: ReadOutcome): void => {
    const task = slot.task
    slot.timer?.cancel()
    slot.task = null
    slot.timer = null
    slot.worker?.unref()
    task?.done(outcome)
    next()
  }
  const failed = (slot: Slot, reason: 'limit' | 'timeout' | 'memory' | 'error', detail: string): void => {
    const raw = slot.task?.raw ?? new Uint8Array()
    settle(slot, { ok: false, reason, detail, headers: readHeaders(raw) })
  }
  /** Takes the worker out of its slot: whatever it still says or does no longer counts. */
  const discard = (slot: Slot): void => {
    const worker = slot.worker
    slot.worker = null
    worker?.removeAllListeners()
    worker?.on('error', () => undefined)
    void worker?.terminate()
  }
  const start = (slot: Slot): Worker => {
    const worker = new Worker(new URL('./parse-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
      // The parent's flags (a test runner's loaders) are none of its business.
      execArgv: [],
    })
    slot.worker = worker
    worker.on('message', (answer: ParseAnswer) => {
      if (answer.ok) settle(slot, { ok: true, mail: answer.mail })
      else failed(slot, answer.reason, answer.detail)
    })
    worker.on('error', (error: Error & { code?: string }) => {
      discard(slot)
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      failed(slot, memory ? 'memory' : 'error', memory ? `more than ${heapMb} MB` : error.message)
    })
    worker.on('exit', () => {
      if (slot.worker !== worker) return
      discard(slot)
      if (slot.task) failed(slot, 'error', 'the worker ended')
    })
    return worker
  }
  const next = (): void => {
    const slot = slots.find((s) => s.task === null)
    const task = slot && !stopped ? waiting.shift() : undefined
    if (!slot || !task) return
    slot.task = task
    const fresh = slot.worker === null
    const worker = slot.worker ?? start(slot)
    worker.ref()
    // Starting a thread and loading its code is not the mail's fault.
    slot.timer = clock.setTimer(timeoutMs + (fresh ? startMs : 0), () => {
      discard(slot)
      failed(slot, 'timeout', `more than ${timeoutMs} ms`)
    })
    const copy = Uint8Array.from(task.raw)
    const request: ParseRequest = { raw: copy, options: task.options }
    worker.postMessage(request, [copy.buffer])
  }

  return {
    read(raw, readOptions = {}) {
      return new Promise((resolve) => {
        if (stopped) return resolve({ ok: false, reason: 'error', detail: 'stopped', headers: readHeaders(raw) })
        waiting.push({ raw, options: readOptions, done: resolve })
        next()
      })
    },
    async stop() {
      stopped = true
      const workers = slots.map((s) => s.worker)
      for (const task of waiting.splice(0)) task.done({ ok: false, reason: 'error', detail: 'stopped', headers: readHeaders(task.raw) })
      for (const slot of slots) {
        discard(slot)
        if (slot.task) failed(slot, 'error', 'stopped')
      }
      await Promise.all(workers.map((w) => w?.terminate()))
    },
  }
}

/** Added to the first mail's time in a new worker: loading takes 0.2 s, on a busy machine several. */
const startMs = 5000
