// An outbox on a real database with a worker that sends to a sink, and a clock that the test moves.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestClock, systemClock } from '../../core/base/clock.ts'
import { checkConfig, parseConfig } from '../../core/base/config/load.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { outboxStoreOf } from '../../core/engine/outbox/outbox-store.ts'
import { OutboxWorker } from '../../core/engine/outbox/outbox-worker.ts'
import type { OutboxStore, OutboxWorkerOptions } from '../../core/engine/outbox/outbox-worker.ts'
import { defaultSendPolicy } from '../../core/engine/outbox/retry-schedule.ts'
import type { SendPolicy } from '../../core/engine/outbox/retry-schedule.ts'
import { startGateway } from '../../core/app/gateway.ts'
import { putBlob } from '../../core/store/blobs.ts'
import { insertOutbox } from '../../core/store/outbox.ts'
import type { EventRow, OutboxRecipientRow } from '../../core/store/tables.ts'
import { freshPlace } from '../support/databases.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import type { SinkOptions, SmtpSink } from '../support/smtp-sink.ts'
import { afterwards, poolTo } from './rig.ts'

export interface OutboxRig {
  readonly sink: SmtpSink
  readonly clock: TestClock
  readonly worker: OutboxWorker
  readonly store: OutboxStore
  /** Writes a mail to these recipients; gives its id. An attachment of 10 kB comes from a blob. */
  put(rcpts: readonly string[], more?: { readonly transport?: string; readonly from?: string }): Promise<string>
  rows(): Promise<readonly OutboxRecipientRow[]>
  row(address: string): Promise<OutboxRecipientRow>
  events(): Promise<readonly EventRow[]>
  /** Moves the clock, wakes the worker and waits until nothing is due and nothing is being sent. */
  pass(ms: number): Promise<void>
  /** Rounds of the event loop until it holds; the test's own time limit ends a wait in vain. */
  eventually(is: () => boolean | Promise<boolean>): Promise<void>
  /** Another worker on the same database. */
  another(options?: Partial<OutboxWorkerOptions>): OutboxWorker
}

export interface OutboxRigOptions {
  readonly sink?: SinkOptions
  readonly policy?: Partial<SendPolicy>
  readonly worker?: Partial<OutboxWorkerOptions>
  readonly storeAround?: (store: OutboxStore) => OutboxStore
}

export async function outboxRig(kind: DatabaseKind, options: OutboxRigOptions = {}): Promise<OutboxRig> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-'))
  afterwards(() => rm(folder, { recursive: true }))
  const place = await freshPlace(kind)
  afterwards(() => place.drop())
  const clock = new TestClock()
  const parsed = parseConfig(`data: ${folder}\nplugins: []\n${place.yaml}\n`, join(folder, 'postern.yaml'), { env: {} })
  const checked = parsed.ok ? checkConfig(parsed.doc, new Map()) : parsed
  if (!checked.ok) throw new Error(checked.problems.map((p) => p.message).join('; '))
  const gateway = await startGateway({ config: checked.config, plugins: [], log: silentLog, clock, quiet: true, transports: new Map() })
  afterwards(() => gateway.stop())
  const { database, engine } = gateway
  const sink = await smtpSink(options.sink)
  afterwards(() => sink.close())
  // Its time limits are real ones: the clock of the test jumps over hours.
  const transport = poolTo(sink, options.sink, {}, {}, systemClock)
  const plain = outboxStoreOf(engine.parts, clock, () => undefined)
  const store = options.storeAround?.(plain) ?? plain
  const another = (more: Partial<OutboxWorkerOptions> = {}): OutboxWorker => {
    const policy = { ...defaultSendPolicy, ...options.policy }
    const worker = new OutboxWorker({
      clock,
      log: silentLog,
      store,
      transports: new Map([['default', { transport, concurrency: 2 }]]),
      policy,
      random: () => 0.5,
      ...options.worker,
      ...more,
    })
    afterwards(async () => {
      sink.cut()
      const stopped = worker.stop(0)
      for (let done = false; !done;) {
        void stopped.then(() => (done = true))
        await turn()
        clock.advance(1000)
      }
    })
    return worker
  }
  const worker = another()
  const eventually = async (is: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await is())) await turn()
  }
  const rows = (): Promise<OutboxRecipientRow[]> => database.write.selectFrom('outbox_recipients').selectAll().orderBy('id').execute()
  const ids = engine.parts.ids
  return {
    ...{ sink, clock, worker, store, rows, eventually, another },
    async put(rcpts, more = {}) {
      const [id, blob] = [ids.next(), ids.next()]
      await putBlob(database.write, { id: blob, bytes: randomBytes(10_000) }, clock.now())
      const segments = [
        { text: `Message-ID: <${id}@us.test>\r\n\r\n.dots\r\n` },
        { blob, start: 0, end: 10_000, from: 'identity', as: 'base64' },
        { text: '--end\r\n' },
      ]
      await insertOutbox(
        database.write,
        {
          ...{
            id,
            case_id: null,
            message_id: null,
            kind: 'reply',
            transport: more.transport ?? 'default',
            envelope_from: more.from ?? 'bounce@us.test',
            envid: 'e1',
          },
          ...{
            header_id: `${id}@us.test`,
            subject: '',
            segments: JSON.stringify(segments),
            size: 13_000,
            smtputf8: 0,
            automatic: 0,
            created_at: clock.now(),
          },
        },
        rcpts.map((address) => ({ id: ids.next(), address })),
        clock.now(),
      )
      return id
    },
    async row(address) {
      const row = (await rows()).find((r) => r.address === address)
      if (!row) throw new Error(`no row for ${address}`)
      return row
    },
    events: () => database.write.selectFrom('events').selectAll().orderBy('id').execute(),
    async pass(ms) {
      clock.advance(ms)
      worker.wake()
      await eventually(async () =>
        (await rows()).every((r) => r.state !== 'sending' && !(['queued', 'unknown'].includes(r.state) && r.next_at <= clock.now())),
      )
    },
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
