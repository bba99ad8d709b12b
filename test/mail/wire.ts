// What the tests of composed mail share: a plain mail, and its bytes on the wire, checked for what must hold of all of them.
import { expect } from 'vitest'
import { compose } from '../../core/mail/compose/compose.ts'
import type { OutgoingMail } from '../../core/mail/compose/compose.ts'
import { assemble } from '../../core/mail/compose/segments.ts'
import type { SegmentSource } from '../../core/mail/compose/segments.ts'

/** A plain mail, to be varied. */
export const base: OutgoingMail = {
  from: { name: 'Поддержка «Ромашка»', address: 'support@romashka.example' },
  to: [{ name: 'Anna, the "boss"', address: 'anna@client.example' }],
  subject: 'Счёт',
  messageId: '<abc.def@romashka.example>',
  dateMs: Date.parse('2026-09-21T09:00:00Z'),
  text: 'Здравствуйте!\n',
}

/** The whole of a stored blob, for an attachment. */
export function whole(blob: string, bytes: Uint8Array): readonly SegmentSource[] {
  return [{ blob, start: 0, end: bytes.length, from: 'identity', sizeBytes: bytes.length }]
}

/** The bytes of a mail, by way of what the outbox stores: no bare CR or LF, no line over 998 octets, the size as announced. */
export async function wire(mail: OutgoingMail, blobs: Readonly<Record<string, Uint8Array>> = {}): Promise<Buffer> {
  const composed = compose(mail)
  const stored: typeof composed = JSON.parse(JSON.stringify(composed)) // what a row of the outbox gives back
  const bytes = await assemble(stored.segments, (id) => {
    const blob = blobs[id]
    return blob ? Promise.resolve(blob) : Promise.reject(new Error(`no blob ${id}`))
  })
  expect(bytes.length).toBe(composed.sizeBytes)
  expectCleanLines(bytes)
  return bytes
}

function expectCleanLines(bytes: Buffer): void {
  const text = bytes.toString('latin1')
  expect(text.endsWith('\r\n')).toBe(true)
  const lines = text.split('\r\n')
  for (const line of lines) {
    expect(line).not.toMatch(/[\r\n\0]/)
    expect(line.length).toBeLessThanOrEqual(998)
  }
}
