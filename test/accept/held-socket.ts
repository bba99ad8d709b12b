// Plays systemd for server.test.ts: opens a listening socket, leaves it to a shell that runs a server on it twice, and goes before it could accept anybody itself.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { systemClock } from '../../core/base/clock.ts'
import { noCounters } from '../../core/base/counters.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { unwatchedSpace } from '../../core/edge/smtp/free-space.ts'
import { SmtpServer } from '../../core/edge/smtp/server.ts'
import { inheritedSockets } from '../../core/edge/smtp/socket-activation.ts'
import { Acceptor } from '../../core/engine/accept/acceptor.ts'
import { MemoryStore, mailboxes } from './rig.ts'

const [, self = '', path = ''] = process.argv
if (process.env.LISTEN_FDS) await serve()
else hold()

function hold(): void {
  const server = createServer()
  server.listen(path === '' ? { host: '127.0.0.1', port: 0 } : { path }, () => {
    // Node shows the descriptor of a handle nowhere in its types.
    const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle
    const address = server.address()
    process.stdout.write(`${typeof address === 'object' ? String(address?.port) : '0'}\n`)
    spawn(
      'sh',
      ['-c', 'for run in 1 2; do LISTEN_PID= sh -c \'LISTEN_PID=$$ exec "$0" "$@"\' "$0" "$@" || exit 1; done', process.execPath, self],
      {
        stdio: ['ignore', 'inherit', 'inherit', 'ignore', fd],
        env: { ...process.env, LISTEN_FDS: '2', LISTEN_FDNAMES: 'other:mail' },
      },
    )
    // Without its exit handlers: they would unlink the socket file.
    process.kill(process.pid, 'SIGKILL')
  })
}

async function serve(): Promise<void> {
  const acceptor = new Acceptor({
    store: new MemoryStore(),
    mailboxes,
    clock: systemClock,
    ids: idsFrom(systemClock),
    log: silentLog,
    counters: noCounters,
  })
  const server = await SmtpServer.start({
    protocol: 'smtp',
    bind: { kind: 'systemd', name: 'mail' },
    inherited: inheritedSockets(process.env, process.pid),
    hostname: 'gate.example.org',
    allowed: (address) => address === '127.0.0.1',
    maxSizeBytes: 1_000_000,
    acceptor: {
      resolve: (rcpt) => acceptor.resolve(rcpt),
      wasOurs: () => false,
      expect: () => {},
      expectNoMore: () => {},
      accept(envelope, raw) {
        setImmediate(() => void server.stop())
        return acceptor.accept(envelope, raw)
      },
    },
    freeSpace: unwatchedSpace,
    clock: systemClock,
    log: silentLog,
    counters: noCounters,
  })
}
