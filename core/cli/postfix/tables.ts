// Looking things up as Postfix does: lists of tables, the forms of an address that are tried, and to which class a domain belongs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { PostfixOptions, PostfixSettings } from './settings.ts'
import { programBeside } from './settings.ts'

/** A list of main.cf: parted by commas and white space, but not within { }. */
export function listOf(value: string | undefined): readonly string[] {
  const items: string[] = []
  let item = ''
  let depth = 0
  for (const char of value ?? '') {
    if (char === '{') depth++
    else if (char === '}') depth--
    if (depth > 0 || !/[\s,]/.test(char)) item += char
    else if (item !== '') {
      items.push(item)
      item = ''
    }
  }
  return item === '' ? items : [...items, item]
}

/**
 * What the tables say of the first key that any of them knows, keys in their order and tables in theirs for each, as Postfix asks.
 * Tables of patterns are asked for the first key alone. Rejects where a table cannot be read.
 */
export async function firstFound(options: PostfixOptions, tables: readonly string[], keys: readonly string[]): Promise<string | undefined> {
  const answers = []
  for (const table of tables) answers.push(await askTable(options, table, keys))
  for (const key of keys) for (const answer of answers) if (answer.has(key)) return answer.get(key)
  return undefined
}

/** Domains of how many classes there are (ADDRESS_CLASS_README); `other` is not this Postfix's. */
export type DomainClass = 'local' | 'virtual alias' | 'virtual mailbox' | 'relay' | 'other'

/** For which of its classes this Postfix is responsible for a domain; the order is that of trivial-rewrite(8). */
export async function classOf(options: PostfixOptions, { values }: PostfixSettings, domain: string): Promise<DomainClass> {
  const parents = domain.split('.').map((_, i, labels) => labels.slice(i).join('.'))
  const classes = [
    ['local', 'mydestination', [domain]],
    ['virtual alias', 'virtual_alias_domains', [domain]],
    ['virtual mailbox', 'virtual_mailbox_domains', [domain]],
    // relay_domains stand for their subdomains too, by the default of parent_domain_matches_subdomains.
    ['relay', 'relay_domains', parents],
  ] as const
  for (const [name, list, keys] of classes) if (await isMember(options, listOf(values.get(list)), keys)) return name
  return 'other'
}

async function isMember(options: PostfixOptions, list: readonly string[], keys: readonly string[]): Promise<boolean> {
  for (const item of list) {
    if (item.startsWith('/')) {
      if (await isMember(options, listOf(readFileSync(item, 'utf8').replace(/^\s*#.*$/gm, '')), keys)) return true
    } else if (item.includes(':')) {
      if ((await askTable(options, item, keys)).size > 0) return true
    } else if (keys.includes(item.toLowerCase())) return true
  }
  return false
}

/** The forms of an address that are looked for in tables of addresses, virtual(5) and transport(5) alike, without what stands for whole domains. */
export function addressKeys(address: string, delimiters: string): readonly string[] {
  const at = address.lastIndexOf('@')
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)]
  const cut = [...local].findIndex((char, i) => i > 0 && delimiters.includes(char))
  return cut < 0 ? [address] : [address, `${local.slice(0, cut)}@${domain}`]
}

/** Asks once for all keys: starting postmap for each would take seconds. */
async function askTable(options: PostfixOptions, table: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const patterns = /^(?:proxy:)?(?:regexp|pcre|tcp|socketmap|cidr):/.test(table)
  const wanted = patterns ? keys.slice(0, 1) : keys
  const folder = options.folder === undefined ? [] : ['-c', options.folder]
  const child = spawn(programBeside(options, 'postmap'), [...folder, '-q', '-', table], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 10_000,
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  child.stdin.on('error', () => undefined)
  child.stdin.end(wanted.map((key) => `${key.toLowerCase()}\n`).join(''))
  await once(child, 'close')
  // Without an answer it ends with 1 and says nothing.
  if (child.exitCode !== 0 && err.trim() !== '') throw new Error(`the table ${table} cannot be asked: ${err.trim()}`)
  return new Map(
    out.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
      const tab = line.indexOf('\t')
      const key = wanted.find((k) => k.toLowerCase() === line.slice(0, tab))
      return tab < 0 || key === undefined ? [] : [[key, line.slice(tab + 1).trim()]]
    }),
  )
}
