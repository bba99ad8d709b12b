// Every call of a plugin's hook: named in errors and metrics, bounded in time; and whose code it is that runs.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../../base/clock.ts'
import { PosternError } from '../../base/errors.ts'

/** How long a hook may take, and who hears how long it took. */
export interface HookObserver {
  readonly clock: Clock
  /** ms */
  readonly timeoutMs: number
  observe(plugin: string, hook: string, ms: number, failed: boolean): void
}

/** A hook gave no answer in time. */
export class HookTimeout extends PosternError {}

/** Runs one hook. What it throws comes out as "plugin NAME, hook HOOK: ..."; PosternErrors keep their code. Too slow is an error. */
export async function callHook<T>(observer: HookObserver, plugin: string, hook: string, run: () => Promise<T> | T): Promise<T> {
  const start = observer.clock.monotonic()
  let failed = true
  try {
    const answer = asPlugin(plugin, run)
    const value = answer instanceof Promise ? await bounded(observer, plugin, hook, answer) : answer
    failed = false
    return value
  } catch (cause) {
    if (cause instanceof PosternError) throw cause
    throw new PosternError('internal', `plugin ${plugin}, ${hook}`, { cause })
  } finally {
    observer.observe(plugin, hook, observer.clock.monotonic() - start, failed)
  }
}

function bounded<T>(observer: HookObserver, plugin: string, hook: string, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = observer.clock.setTimer(
      observer.timeoutMs,
      () => reject(new HookTimeout('internal', `plugin ${plugin}, ${hook}: no answer within ${observer.timeoutMs} ms`)),
      { background: true },
    )
    answer.then(resolve, reject).finally(() => timer.cancel())
  })
}

const owner = new AsyncLocalStorage<string | undefined>()

/** Runs a plugin's code, so that the timers, promises and sockets that it leaves behind are known as its own. */
export function asPlugin<T>(plugin: string, run: () => T): T {
  return owner.run(plugin, run)
}

/** Runs what is the engine's own although a plugin set it off. */
export function asEngine<T>(run: () => T): T {
  return owner.run(undefined, run)
}

/** The plugin whose code, or whose timer, promise or socket this is; undefined: the engine's own. */
export function currentPlugin(): string | undefined {
  return owner.getStore()
}
