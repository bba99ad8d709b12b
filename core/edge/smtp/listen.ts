// Where a server listens: TCP, a unix socket, or a socket that systemd opened for us.
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { ListenOptions, Server } from 'node:net'
import type { Bind } from '../../base/config/types.ts'
import { PosternError } from '../../base/errors.ts'

/** Opened descriptors by name, as `inheritedSockets` finds them. */
export type Inherited = ReadonlyMap<string, readonly number[]>

/**
 * Opens what `bind` names, with servers made by `make` (several where systemd hands over several sockets of one name). Resolves when
 * connections are taken; throws `config_invalid` with the reason where the place cannot be had, and then leaves nothing open.
 */
export async function listen(bind: Bind, inherited: Inherited, make: () => Server): Promise<readonly Server[]> {
  if (bind.kind === 'unix') return [await listenUnix(make(), bind)]
  if (bind.kind === 'tcp') return [await listenOn(make(), { host: bind.host, port: bind.port })]
  const fds = inherited.get(bind.name) ?? []
  if (fds.length === 0)
    throw new PosternError(
      'config_invalid',
      `systemd handed over no socket named ${bind.name}; set FileDescriptorName=${bind.name} in the .socket unit, and Sockets= in the .service unit`,
    )
  const servers: Server[] = []
  try {
    for (const fd of fds) servers.push(await listenOn(make(), { fd }))
    return servers
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
}

async function listenUnix(server: Server, { path, mode }: { readonly path: string; readonly mode: number }): Promise<Server> {
  try {
    await listenOn(server, { path })
  } catch (error) {
    if (!(error instanceof PosternError) || codeOf(error.cause) !== 'EADDRINUSE' || !(await isStale(path))) throw error
    // A killed process leaves its socket file behind; nobody answers there, so it is ours to replace.
    unlinkSync(path)
    await listenOn(server, { path })
  }
  chmodSync(path, mode)
  return server
}

function listenOn(server: Server, options: ListenOptions | { readonly fd: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(new PosternError('config_invalid', `cannot listen on ${placeOf(options)}: ${whyNot(cause)}`, { cause }))
    server.once('error', failed)
    server.listen({ ...options, backlog: 511 }, () => {
      server.off('error', failed)
      resolve(server)
    })
  })
}

/** What kept a server from listening, with what to do about it. */
export function whyNot(cause: Error): string {
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return `${cause.message}; another program has it ("ss -lntp" names it): stop that, or choose another port in the configuration`
    case 'EACCES':
      return `${cause.message}; this user may not: choose a port above 1023 and a folder that it may write to, or let systemd hold the socket`
    case 'EADDRNOTAVAIL':
      return `${cause.message}; this machine has no such address ("ip address" shows those that it has): choose one of them in the configuration`
    default:
      return cause.message
  }
}

function placeOf(options: ListenOptions | { readonly fd: number }): string {
  if ('fd' in options) return `inherited descriptor ${String(options.fd)}`
  return options.path ?? `${options.host ?? '*'}:${options.port ?? ''}`
}

async function isStale(path: string): Promise<boolean> {
  if (!lstatSync(path).isSocket()) return false
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'))
  })
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
