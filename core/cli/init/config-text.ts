// The configuration that `postern init` writes: what was answered, the rest by its defaults, with the places of what comes next.
import { defaultPlugins } from '../../base/config/schema.ts'
import type { Answers } from './answers.ts'

/** YAML; every text of a person is quoted, and stands for nothing but itself. */
export function configText({ mailboxes, agents, out, hostname, publicUrl }: Answers): string {
  const mailboxIds = idsFor(mailboxes.map((address) => address.slice(0, address.lastIndexOf('@'))))
  // An id means an agent or a group.
  const agentIds = idsFor(
    agents.map(({ email }) => email.slice(0, email.lastIndexOf('@'))),
    ['support'],
  )
  const plugins = publicUrl === undefined ? defaultPlugins.filter((name) => name !== 'links') : defaultPlugins
  return `# Postern: what was asked for by "postern init". Every other setting has its default; config/postern.yaml of Postern explains them all.
# "postern check" says what is wrong here, with line and column; "kill -HUP" takes over most changes.
${hostname === undefined ? '# hostname: gateway.example.com' : `hostname: ${quoted(hostname)}`}

# Everything that Postern writes; relative to this file.
data: \${STATE_DIRECTORY:-./data}

# Where mail comes in: LMTP from Postfix ("postern postfix" shows its commands), SMTP from others on this machine.
listeners:
  - { protocol: lmtp, host: 127.0.0.1, port: 2424 }
  - { protocol: smtp, host: 127.0.0.1, port: 2525 }

http:
  host: 127.0.0.1
  port: 8025
${publicUrl === undefined ? '  # With the address of your proxy here, and `links` in the plugins below, mails to agents have buttons.\n  # public_url: https://desk.example.com' : `  public_url: ${quoted(publicUrl)}`}

# Where mail leaves.
${outgoingText(out)}

mailboxes:
${mailboxes.map((address, i) => `  ${mailboxIds[i] ?? ''}: { address: ${quoted(address)}, notify: [support] }\n`).join('')}
# The people who answer, from exactly these addresses.
agents:
${agents.map(({ name, email }, i) => `  ${agentIds[i] ?? ''}: { name: ${quoted(name)}, email: ${quoted(email)} }\n`).join('')}
groups:
  support: { members: [${agentIds.join(', ')}] }

# In the order in which they run; "postern plugins" shows what each does.
plugins: [${plugins.join(', ')}]
`
}

function outgoingText(out: Answers['out']): string {
  if (out === 'postfix') return 'outgoing: { transport: smtp, host: 127.0.0.1, port: 25 }'
  const auth =
    out.user === undefined
      ? ''
      : `\n  # The password stands in a file of this name beside this one (chmod 600).\n  auth: { user: ${quoted(out.user)}, pass: "\${file:smtp-password}" }`
  return `outgoing:
  transport: smtp
  host: ${quoted(out.host)}
  port: ${out.port}
  tls: ${out.port === 465 ? 'implicit' : out.port === 587 || out.user !== undefined ? 'required' : 'opportunistic'}${auth}`
}

/** JSON's strings are YAML's too; \${ would stand for a variable. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('${', () => '$${')
}

/** Ids from names, each once. */
function idsFor(names: readonly string[], taken: readonly string[] = []): readonly string[] {
  const ids: string[] = []
  for (const name of names) {
    const plain =
      name
        .toLowerCase()
        .replace(/[^a-z0-9_-]+/g, '-')
        .replace(/^[-_]+|[-_]+$/g, '')
        .slice(0, 50) || 'one'
    let id = plain
    for (let n = 2; ids.includes(id) || taken.includes(id); n++) id = `${plain}-${n}`
    ids.push(id)
  }
  return ids
}
