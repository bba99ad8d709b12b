// What `postern init` has to know: from flags, and what they leave open by asking.
import { domainToASCII } from 'node:url'
import { PosternError } from '../../base/errors.ts'
import { checkedAddress, parseAddressList } from '../../mail/address.ts'
import { UsageError } from '../terminal.ts'

/** All that a configuration needs to begin with. */
export interface Answers {
  readonly mailboxes: readonly string[]
  readonly agents: readonly { readonly name: string; readonly email: string }[]
  /** `postfix`: the Postfix beside it. Else a smarthost, with a user where it asks for one. */
  readonly out: 'postfix' | { readonly host: string; readonly port: number; readonly user?: string }
  readonly hostname?: string
  readonly publicUrl?: string
}

/** The flags as written. */
export interface InitFlags {
  readonly domain?: string
  /** Whole addresses, or what stands before the @ of the domain. */
  readonly mailbox?: readonly string[]
  /** `Anna Smith <anna@example.org>`. */
  readonly agent?: readonly string[]
  readonly smarthost?: string
  readonly smtpUser?: string
  readonly postfix?: true
  readonly hostname?: string
  readonly publicUrl?: string
}

/** Asks a person and gives the line that came back; undefined where nobody can be asked. */
export type Ask = ((question: string) => Promise<string>) | undefined

/** Asks for what the flags leave open. Throws a UsageError for what makes no sense, and where nobody can be asked. */
export async function answersFrom(
  flags: InitFlags,
  ask: Ask,
  about: { readonly host: string; readonly postfix: boolean },
): Promise<Answers> {
  /** From the flag, else asked until it makes sense; an empty answer is `usual`. */
  const get = async <T>(
    flag: string | undefined,
    name: string,
    question: string,
    usual: string | undefined,
    read: (text: string) => T,
  ): Promise<T> => {
    if (flag !== undefined) return readFlag(name, flag, read)
    if (!ask) {
      if (usual !== undefined) return readFlag(name, usual, read)
      throw new UsageError(`say ${name}, or run this in a terminal to be asked`)
    }
    for (let problem = ''; ;) {
      const text = (await ask(`${problem}${question}${usual === undefined || usual === '' ? '' : ` [${usual}]`}: `)).trim()
      try {
        return read(text === '' ? (usual ?? '') : text)
      } catch (error) {
        problem = `${reasonOf(error)}\n`
      }
    }
  }
  const whole = flags.mailbox?.every((m) => m.includes('@'))
  const domain = whole
    ? ''
    : await get(flags.domain, '--domain', 'Domain of your mail, e.g. example.com', usualDomain(about.host), domainIn)
  const mailboxes = await get(
    flags.mailbox?.join(' '),
    '--mailbox',
    'Mailboxes that Postern shall answer for, parted by spaces',
    'support',
    (text) => words(text).map((word) => addressIn(word.includes('@') ? word : `${word}@${domain}`)),
  )
  const agents = await get(
    flags.agent?.join(', '),
    '--agent',
    'People who answer, parted by commas, e.g. Anna Smith <anna@example.org>',
    undefined,
    agentsIn,
  )
  const own = agents.find(({ email }) => mailboxes.includes(email))
  if (own) throw new UsageError(`${own.email} is a mailbox; an agent needs an address of his own, at which he reads notifications`)
  const out = flags.postfix
    ? 'postfix'
    : await get(
        flags.smarthost,
        '--smarthost or --postfix',
        'Mail leaves through the Postfix of this machine (postfix), or through a smarthost (host:port)',
        about.postfix ? 'postfix' : undefined,
        smarthostIn,
      )
  const user =
    out === 'postfix' ? '' : await get(flags.smtpUser, '--smtp-user', `User at ${out.host}, if it asks for one`, '', (text) => text)
  const hostname = await get(flags.hostname, '--hostname', 'Full host name of this machine', about.host, hostIn)
  const publicUrl = await get(
    flags.publicUrl,
    '--public-url',
    'Address under which browsers of your agents reach it, e.g. https://desk.example.com (empty: no buttons in mails)',
    '',
    urlIn,
  )
  return {
    ...{ mailboxes, agents },
    out: out === 'postfix' ? out : { ...out, ...(user !== '' && { user }) },
    ...(hostname !== '' && { hostname }),
    ...(publicUrl !== '' && { publicUrl }),
  }
}

function readFlag<T>(name: string, text: string, read: (text: string) => T): T {
  try {
    return read(text)
  } catch (error) {
    throw new UsageError(`${name}: ${reasonOf(error)}`)
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof PosternError && error.detail ? error.detail : error instanceof Error ? error.message : String(error)

const words = (text: string): readonly string[] => [...new Set(text.split(/[\s,]+/).filter((word) => word !== ''))]

/** The domain of this machine, where its name tells. */
function usualDomain(host: string): string | undefined {
  const parent = host.slice(host.indexOf('.') + 1)
  return host.includes('.') && parent.includes('.') ? parent : undefined
}

function domainIn(text: string): string {
  const domain = domainToASCII(text.replace(/^@/, ''))
  if (!/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/.test(domain))
    throw new Error(`"${text}" is not a domain such as example.com`)
  return domain
}

function addressIn(text: string): string {
  const found = checkedAddress(text)
  if (!found) throw new Error(`"${text}" is not an address`)
  return found.address
}

function agentsIn(text: string): Answers['agents'] {
  const found = parseAddressList(text).map(({ name, address }) => ({ name: name || address, email: addressIn(address || name) }))
  if (found.length === 0) throw new Error('at least one agent is needed: who else would answer?')
  return found
}

function smarthostIn(text: string): 'postfix' | { readonly host: string; readonly port: number } {
  if (text === 'postfix') return text
  const match = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?$/i.exec(text)
  if (!match?.[1]) throw new Error(`"${text}" is neither postfix nor a host such as mail.example.com:587`)
  return { host: match[1].replace(/^\[(.*)\]$/, '$1'), port: Number(match[2] ?? 587) }
}

function hostIn(text: string): string {
  if (text !== '' && !/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text)) throw new Error(`"${text}" is not a host name`)
  return text
}

function urlIn(text: string): string {
  if (text !== '' && !['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''))
    throw new Error(`"${text}" is not an http or https address`)
  return text
}
