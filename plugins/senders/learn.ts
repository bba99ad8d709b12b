// What a person says of spam is learned: by asking whether the sender is to be blocked, and by a program of the admin's (rspamc, sa-learn) that
// gets the mail on its standard input. It is run without a shell: nothing of a mail stands in its arguments.
import { spawn } from 'node:child_process'
import Type from 'typebox'
import { defineJob } from '../../core/plugin.ts'
import type { Host, JobDefinition, PosternEvent, Tx } from '../../core/plugin.ts'
import { addressPattern, domainPattern, isEverybodys } from './pattern.ts'
import { nameOf } from './entry.ts'
import type { Settings } from './settings.ts'
import { entriesFor } from './store.ts'

/** Mails of a case that a program learns from, the newest. */
const most = 20

/** Hears a change of status: into spam, and out of it again. */
export async function learn(tx: Tx, host: Host<Settings>, event: PosternEvent<'case.status_changed'>): Promise<void> {
  const { from, to } = event.data
  const person = event.origin.kind === 'agent' || event.origin.kind === 'api'
  if (event.caseId === null || !person || (from !== 'spam' && to !== 'spam')) return
  const { learn: how, learn_command, unlearn_command } = host.settings
  const command = to === 'spam' ? learn_command : unlearn_command
  if (command.length > 0) await orderLearning(tx, event.caseId, to === 'spam' ? 'spam' : 'ham')
  if (to !== 'spam' || how === 'off') return
  const c = await tx.cases.get(event.caseId)
  const pattern = c && addressPattern(c.requester.address)
  if (!c || !pattern || c.channel !== 'mail' || host.registry.isOurs(pattern) || host.registry.agentByAddress(pattern)) return
  const known = (await entriesFor(tx, [pattern])).some((r) => r.pattern === pattern && (r.mailbox === '' || r.mailbox === c.mailbox))
  if (known) return
  if (how === 'block') {
    await tx.act('sender.block', c.id, { address: pattern })
    return
  }
  const domain = pattern.slice(pattern.lastIndexOf('@') + 1)
  const agent = event.origin.kind === 'agent' ? event.origin.id : null
  await tx.notices.raise({
    caseId: c.id,
    kind: 'sender_learn',
    data: { who: nameOf(pattern), domain, ...(agent !== null && { by: agent }) },
    actions: [
      { name: 'block', action: 'sender.block', args: { address: pattern } },
      ...(domainPattern(domain) === null || isEverybodys(domain)
        ? []
        : [{ name: 'block_domain', action: 'sender.block', args: { domain } }]),
    ],
  })
}

async function orderLearning(tx: Tx, caseId: string, as: 'spam' | 'ham'): Promise<void> {
  const messages = (await tx.messages.list(caseId)).filter((m) => m.author === 'customer' && m.rawId !== null).slice(-most)
  for (const m of messages) await tx.jobs.put('senders.learn', `senders.learn:${m.id}`, tx.now, { message: m.id, raw: m.rawId, as })
}

/** The job `learn`: hands one mail to the program. A program that fails is asked again, five times. */
export function learnJob(host: Host<Settings>): JobDefinition {
  return defineJob({
    payload: Type.Object({ message: Type.String(), raw: Type.String(), as: Type.Union([Type.Literal('spam'), Type.Literal('ham')]) }),
    attempts: 5,
    concurrency: 1,
    async io({ raw, as }, signal) {
      const command = as === 'spam' ? host.settings.learn_command : host.settings.unlearn_command
      const bytes = command.length === 0 ? null : await host.readBlob(raw).catch(() => null)
      // The program was taken out of the settings, or the mail is no longer kept.
      if (bytes === null) return
      await run(command, bytes, AbortSignal.any([signal, AbortSignal.timeout(host.settings.learn_timeout)]))
      host.count('postern_senders_learned_total', { as })
    },
    run: () => Promise.resolve(),
  })
}

/** Runs a program with a mail on its standard input; throws what it said last where it does not end with 0. */
async function run([file = '', ...args]: readonly string[], bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const child = spawn(file, args, { shell: false, stdio: ['pipe', 'ignore', 'pipe'], signal, killSignal: 'SIGKILL' })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-500)))
  // A program that does not read to the end is none of our business.
  child.stdin.on('error', () => {})
  child.stdin.end(bytes)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(signal.aborted ? new Error(`${file} took too long`) : error))
    child.on('close', (ended) => resolve(ended))
  })
  if (code !== 0) throw new Error(`${file} ended with ${code ?? 'a signal'}: ${said.replace(/\s+/g, ' ').trim()}`)
}
