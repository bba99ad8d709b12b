// What is allowed but probably not meant.
import { statSync } from 'node:fs'
import { parseCidr } from '../cidr.ts'
import { visitTexts } from '../schema.ts'
import type { Issue, JsonSchema } from '../schema.ts'
import { passwordOf } from './secrets.ts'
import type { YamlFile } from './positions.ts'
import { isLoopback } from './references.ts'
import type { Config } from './types.ts'

/** Doubts about a config that is valid. */
export function doubts(config: Config): readonly Issue[] {
  const issues: Issue[] = []
  const at = (path: Issue['path'], message: string): void => void issues.push({ path, atKey: true, message })
  for (const mailbox of config.mailboxes.values()) {
    const path = ['mailboxes', mailbox.id]
    if (mailbox.notify.length === 0 && mailbox.assignee === undefined)
      at(path, 'has neither `notify` nor `assignee`: nobody is told about its mail')
    if (mailbox.assignee !== undefined && config.agents.get(mailbox.assignee)?.active === false)
      at([...path, 'assignee'], `the agent \`${mailbox.assignee}\` is not active`)
  }
  for (const group of config.groups.values()) {
    if (group.members.length === 0) at(['groups', group.id], 'has no members')
  }
  config.listeners.forEach((listener, index) => {
    const open =
      listener.bind.kind === 'tcp' && !isLoopback(listener.bind.host) && listener.peers.some((peer) => parseCidr(peer)?.prefix === 0)
    if (open) at(['listeners', index, 'peers'], 'everybody may hand in mail here; list the addresses of your MTA')
  })
  if (config.http.public_url?.startsWith('http:') && !isLoopback(URL.parse(config.http.public_url)?.hostname)) {
    at(['http', 'public_url'], 'links in mails will go over unencrypted http; put a proxy with a certificate in front and write https')
  }
  const { transport } = config.outgoing
  if (
    transport.transport !== 'directory' &&
    transport.auth &&
    transport.tls === 'off' &&
    transport.server.kind === 'tcp' &&
    !isLoopback(transport.server.host)
  ) {
    at(['outgoing', 'tls'], 'the password goes over the network unencrypted; say `tls: required`')
  }
  return issues
}

/** What no gateway starts with, though every other command can work with it: an empty or cut-off file must not pass for one that refuses all mail. */
export function unfit(config: Config): readonly Issue[] {
  if (config.mailboxes.size > 0) return []
  const message = 'there are no mailboxes: every mail would be refused; name one with its `address` (is the file whole?)'
  return [{ path: ['mailboxes'], atKey: true, message }]
}

/** A secret written into a file that others on the machine can read; `parts` are the schemas with the values they describe. */
export function readableSecrets(
  yaml: YamlFile,
  parts: readonly { readonly json: JsonSchema; readonly filled: unknown; readonly at: Issue['path'] }[],
): readonly Issue[] {
  let mode: number
  try {
    mode = statSync(yaml.file).mode
  } catch {
    return []
  }
  if ((mode & 0o044) === 0) return []
  const issues: Issue[] = []
  for (const part of parts) {
    visitTexts(part.json, part.filled, (path, text, { secret }) => {
      const whole = [...part.at, ...path]
      const isUrl = /^[a-z]+:\/\//i.test(text)
      if (!secret || yaml.fromOutside(whole) || (isUrl && !passwordOf(text))) return
      issues.push({
        path: whole,
        atKey: true,
        message: `a secret stands in a file that ${mode & 0o004 ? 'everybody' : 'its group'} on this machine can read; take it from outside (\${NAME} or \${file:path}) or \`chmod 600\` the file`,
      })
    })
  }
  return issues
}
