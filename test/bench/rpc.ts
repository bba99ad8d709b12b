// Orders to a child process and their answers, over Node's IPC channel.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

/** What a child can be ordered to do, by name. Arguments and answers are JSON. */
export type Orders = Readonly<Record<string, (args: never) => unknown>>

export interface Child {
  /** Resolves with the child's answer, rejects with its error. */
  ask<T>(order: string, args?: unknown): Promise<T>
  /** Ends the process and resolves when it is gone; harmless twice. */
  stop(): Promise<void>
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** Starts `file` of this folder as a process of its own; its words on standard error are ours. */
export function startChild(file: string, args: readonly string[] = [], nodeOptions: readonly string[] = []): Child {
  const child = fork(path.join(import.meta.dirname, file), [...args], {
    execArgv: [...nodeOptions],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  let last = 0
  child.on('message', (answer: Answer) => {
    const one = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.error === undefined)
      one?.resolve(answer.value as never) // what `serveOrders` sent
    else one?.reject(new Error(`${file}: ${answer.error}`))
  })
  child.on('exit', (code) => {
    for (const one of waiting.values()) one.reject(new Error(`${file} ended (${code})`))
    waiting.clear()
  })
  return {
    ask: (order, given) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, { resolve, reject })
        child.send({ id, order, args: given })
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

/** In the child: answers orders until the parent hangs up, then runs `end` and leaves. */
export function serveOrders(orders: Orders, end: () => Promise<void> | void): void {
  process.on('message', ({ id, order, args }: { id: number; order: string; args: unknown }) => {
    const run = async (): Promise<unknown> => orders[order]?.(args as never) // both ends are in this folder
    run().then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.on('disconnect', () => {
    Promise.resolve(end()).then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
}
