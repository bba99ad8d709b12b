// The `directory` transport: each mail becomes a file, for trying Postern out and for handing mail to other programs.
import { createHash, randomBytes } from 'node:crypto'
import { access, mkdir, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../../base/errors.ts'
import type { OutgoingMail, Transport } from '../../engine/outbox/transport.ts'

/**
 * Writes `NAME.eml` (the bytes, unchanged) and `NAME.json` ({from, rcpts, envid}), the .json first: where there is an .eml, it is whole and
 * its envelope is there. Names sort by time and follow from the outbox row and its recipients, so that a mail sent twice is one file.
 */
export function directoryTransport(directory: string): Transport {
  return {
    idempotent: true,
    async send(mail, signal) {
      try {
        if (signal.aborted) throw new Error('called off')
        const name = fileName(mail)
        await mkdir(directory, { recursive: true, mode: 0o750 })
        if (!(await exists(join(directory, `${name}.eml`)))) {
          const from = mail.envelopeFrom === '' ? '' : mail.envelopeFrom.address
          const envelope = { from, rcpts: mail.rcpts.map((r) => r.address), envid: mail.envid }
          await writeWhole(directory, `${name}.json`, Buffer.from(`${JSON.stringify(envelope, null, 2)}\n`))
          await writeWhole(directory, `${name}.eml`, mail.raw)
        }
        await syncDirectory(directory)
        return mail.rcpts.map((rcpt) => ({ outcome: 'sent', rcpt, reply: `250 2.0.0 written to ${name}.eml` }))
      } catch (error) {
        // A full disk or a missing right can be mended; nothing counts as sent before the directory is on the disk.
        return mail.rcpts.map((rcpt) => ({
          outcome: 'retry',
          rcpt,
          reply: `cannot write the file: ${describeError(error)}`,
          status: '4.3.0',
        }))
      }
    },
    stop: () => Promise.resolve(),
  }
}

/** The ms in which the row was written and its place in that ms (both are in a UUIDv7, see base/ids.ts), then a hash of row and envelope. */
function fileName(mail: OutgoingMail): string {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(mail.id)) throw new Error('the mail has no UUIDv7')
  const rcpts = mail.rcpts.map((r) => r.address).sort()
  const hash = createHash('sha256')
    .update(JSON.stringify([mail.id, rcpts]))
    .digest('hex')
    .slice(0, 12)
  const time = new Date(parseInt(mail.id.slice(0, 8) + mail.id.slice(9, 13), 16)).toISOString()
  return `${time.replaceAll(/[-:]/g, '').replace('.', '')}-${mail.id.slice(15, 18)}-${hash}`
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Temporary file, fsync, rename: the name never stands for half a file. */
async function writeWhole(directory: string, name: string, bytes: Buffer): Promise<void> {
  const temporary = join(directory, `.${name}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(temporary, 'wx', 0o640)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, join(directory, name))
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
