// The ways out that plugins bring: channels for answers that are no mail, and workers with rows of their own.
import type { Clock } from '../base/clock.ts'
import type { Tx } from './tx.ts'
import type { Case, Message } from './model.ts'

/** Where answers go that do not leave by mail. Guards have been asked already; the answer stands in its case as a message. */
export interface ChannelDefinition {
  /** Hands the answer over, inside the transaction. `sent: false` for automatic answers that had better not leave; throw PosternError `invalid` to refuse. */
  send(
    tx: Tx,
    answer: { readonly case: Case; readonly message: Message },
  ): Promise<{ readonly sent: true } | { readonly sent: false; readonly reason: string }>
}

/** Work of a plugin's own on every node, with rows and claims of its own; for what `jobs` cannot do, such as one queue for each receiver. */
export interface WorkerDefinition {
  /** Begun when the gateway runs, and anew after a reload, while the one before it finishes. */
  start(context: WorkerContext): PluginWorker
}

/** What a worker of a plugin is started with. */
export interface WorkerContext {
  readonly clock: Clock
  /** This process has just begun and no other works on this database: what is still claimed was claimed by the dead. */
  readonly alone: boolean
}

/** A loop of a plugin that sends or fetches outside of transactions, started and stopped with the engine. */
export interface PluginWorker {
  /** Something was committed: look now. Returns at once; harmless at any time. */
  wake(): void
  /** Resolves when nothing that is due is left to do; for those who move the clock (tests, scenarios). */
  idle(): Promise<void>
  /** Claims no more and lets what runs finish, for some seconds at most; harmless twice. */
  stop(): Promise<void>
}
