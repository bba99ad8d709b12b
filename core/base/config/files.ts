// The files that the configuration names have to be there before anything starts.
import { accessSync, constants } from 'node:fs'
import type { Issue, Path } from '../schema.ts'
import type { Config } from './types.ts'

/** Certificates and keys that cannot be read. */
export function unreadableFiles(config: Config): readonly Issue[] {
  const { transport } = config.outgoing
  const named: (readonly [Path, string | undefined])[] = [
    ...config.listeners.flatMap(({ tls }, index) => [
      [['listeners', index, 'tls', 'cert'], tls?.cert] as const,
      [['listeners', index, 'tls', 'key'], tls?.key] as const,
    ]),
    [['outgoing', 'tls_ca'], transport.transport === 'directory' ? undefined : transport.tls_ca],
    ...[...config.mailboxes.values()].map((mailbox) => [['mailboxes', mailbox.id, 'copy', 'tls_ca'], mailbox.copy?.tls_ca] as const),
  ]
  return named.flatMap(([path, file]) => {
    const reason = file === undefined ? undefined : whyUnreadable(file)
    return reason === undefined ? [] : [{ path, atKey: false, message: `the file ${String(file)} ${reason}` }]
  })
}

function whyUnreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK)
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'cannot be read: permission denied' : 'does not exist'
  }
}
