// The shipped configuration, bent as little as a benchmark needs: other places, and so many mailboxes with agents of their own that a benchmark
// does not use up the shipped budget for any of them.
import { readFileSync } from 'node:fs'
import path from 'node:path'

export interface Setup {
  /** Database and config lie here. */
  readonly folder: string
  /** held: accepted mail stays where it is. */
  readonly intake: 'runs' | 'held'
  /** held: what would leave stays in the outbox. runs: it is thrown away by the transport. */
  readonly outbox: 'runs' | 'held'
  /** Only these of the shipped plugins, and settings for some of them. */
  readonly without?: readonly string[]
  readonly settings?: Readonly<Record<string, unknown>>
  /** Written beside the config: path to content. */
  readonly files?: Readonly<Record<string, string>>
}

/** Mails are for these in turn; two agents hear of each. */
export const desks = Array.from({ length: 16 }, (_, i) => ({
  id: `desk${i}`,
  address: `desk${i}@example.com`,
  agents: [`anna${i}@example.org`, `boris${i}@example.org`],
}))

const shippedFile = path.join(import.meta.dirname, '..', '..', 'config', 'postern.yaml')

/** `present`: plugins that this installation has. */
export function shippedConfig(
  setup: Setup,
  parse: (text: string) => unknown,
  present: readonly string[],
): Readonly<Record<string, unknown>> {
  const shipped = parse(readFileSync(shippedFile, 'utf8')) as Record<string, unknown> // our own file
  const plugins = (shipped.plugins as (string | Record<string, unknown>)[])
    .map((entry) =>
      typeof entry === 'string'
        ? { name: entry, settings: undefined }
        : { name: Object.keys(entry)[0] ?? '', settings: Object.values(entry)[0] },
    )
    .filter(({ name }) => present.includes(name) && !setup.without?.includes(name))
  for (const name of Object.keys(setup.settings ?? {}))
    if (!plugins.some((p) => p.name === name)) plugins.splice(-1, 0, { name, settings: undefined })
  return {
    ...shipped,
    data: setup.folder,
    hostname: 'gw.example.com',
    listeners: [{ protocol: 'smtp', host: '127.0.0.1', port: 0 }],
    http: { host: '127.0.0.1', port: 0 },
    database: { sqlite: 'postern.db' },
    mailboxes: {
      ...(shipped.mailboxes as object), // our own file
      ...Object.fromEntries(desks.map(({ id, address }) => [id, { address, name: `Example ${id}`, notify: [id] }])),
    },
    agents: {
      ...(shipped.agents as object), // our own file
      ...Object.fromEntries(
        desks.flatMap(({ agents }) =>
          agents.map((email, i) => [email.split('@')[0], { name: `Agent ${email}`, email, locale: i === 0 ? 'en' : 'ru' }]),
        ),
      ),
    },
    groups: {
      ...(shipped.groups as object), // our own file
      ...Object.fromEntries(desks.map(({ id, agents }) => [id, { name: id, members: agents.map((email) => email.split('@')[0]) }])),
    },
    plugins: plugins.map(({ name, settings }) => ({ [name]: setup.settings?.[name] ?? settings ?? {} })),
  }
}
