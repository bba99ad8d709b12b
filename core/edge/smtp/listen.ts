// Where a server listens: TCP, a unix socket, or a socket that systemd opened for us.
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { ListenOptions, Server } from 'node:net'
import { PosternError } from '../../base/errors.ts'

export type ListenOn =
  | { readonly host: string; readonly port: number }
  /** `mode` is set on the socket file; 0o660 by default. */
  | { readonly path: string; readonly mode?: number }
  /** An inherited, listening file descriptor. */
  | { readonly fd: number }

/** Resolves when connections are taken. Throws `store_unavailable` never, `config_invalid` where the place cannot be had, with the reason. */
export async function listen(server: Server, on: ListenOn): Promise<void> {
  if (!('path' in on)) return listenOn(server, on)
  try {
    await listenOn(server, { path: on.path })
  } catch (error) {
    if (!(error instanceof PosternError) || codeOf(error.cause) !== 'EADDRINUSE' || !(await isStale(on.path))) throw error
    // A killed process leaves its socket file behind; nobody answers there, so it is ours to replace.
    unlinkSync(on.path)
    await listenOn(server, { path: on.path })
  }
  chmodSync(on.path, on.mode ?? 0o660)
}

function listenOn(server: Server, options: ListenOptions | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => reject(new PosternError('config_invalid', `cannot listen on ${placeOf(options)}: ${cause.message}`, { cause }))
    server.once('error', failed)
    server.listen({ ...options, backlog: 511 }, () => {
      server.off('error', failed)
      resolve()
    })
  })
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
