// Signed tokens: what proves that a mail or a click belongs to something that we sent.
//
// Reply token (plus-address), 43 characters of base32 in lower case, read in any case:
//   purpose 1 | key id 1 | expiry day 3 | ref 12 | tag 26
// `ref` is a random 60-bit lookup key; its row in the store names case, recipient and message, so that a split can point it
// to another case without reaching into mailboxes. The tag (130 bits of HMAC-SHA256) covers instance, purpose, key id, expiry,
// ref and recipient: a row that was changed, a token of another instance or agent, one changed character: all are refused.
// Message-ID `<ref.key tag@host>`: the same, without recipient (a message has one id for all) and without expiry.
import { createHash, createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { domainToASCII } from 'node:url'

/** The signing keys of an installation: the first signs, all verify. Made by `tokenKeys`. */
export interface TokenKeys {
  /** Name of this installation; a token of another one is forged here even if the secrets were copied. */
  readonly instance: string
  readonly current: TokenKey
  /** Keys that were current before; kept as long as tokens made with them shall live. */
  readonly old: readonly TokenKey[]
}

export interface TokenKey {
  /** One base32 character, a hint which key to try; two keys may share it. */
  readonly id: string
  /** Prepared once: from bare bytes each tag would cost six times as much, and the two notifications of a mail take eight. */
  readonly secret: KeyObject
}

/** What a reply token is for: a customer's answer, an agent's answer to a notification, a bounce, an agent's mail of his own (his personal address at a mailbox). */
export type TokenPurpose = 'customer' | 'agent' | 'bounce' | 'personal'

export interface TokenClaims {
  readonly purpose: TokenPurpose
  /** 12 base32 characters from `newTokenRef`. */
  readonly ref: string
  /** Whom it was made for: agent id, `agent/mailbox` for a personal address, or normalised customer address; '' where anybody may send (bounces). */
  readonly recipient: string
  /** Last UTC day (days since 1970) on which it is good, from `expiryDay`; null for never. An agent's token must expire. */
  readonly expiresDay: number | null
}

/** A token's readable part. It proves nothing before `verifyToken` said ok. */
export interface TokenParts {
  readonly purpose: TokenPurpose
  readonly keyId: string
  readonly ref: string
  readonly expiresDay: number | null
}

export type TokenVerdict = 'ok' | 'expired' | 'forged' | 'unknown-key'

const dayMs = 86_400_000
const refLength = 12
const tagLength = 26
const tokenLength = 1 + 1 + 3 + refLength + tagLength
const letters = { customer: 'c', agent: 'a', bounce: 'b', personal: 'p' } as const satisfies Record<TokenPurpose, string>
const tokenShape = /^([cabp])([a-z2-7])([a-z2-7]{3})([a-z2-7]{12})([a-z2-7]{26})$/
const messageIdShape = /^<?([a-z2-7]{12})\.([a-z2-7])([a-z2-7]{26})@[^@<>\s]{1,255}>?$/
const envelopeIdShape = /^([a-z2-7]{12})\.([a-z2-7])([a-z2-7]{26})$/
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 5321 §4.5.3.1.1: octets of a local part. */
const maxLocalPartLength = 64

/** The longest mailbox local part (octets) that still leaves room for `+` and a token: 20. */
export const maxTokenMailboxLength = maxLocalPartLength - 1 - tokenLength

/** Keys from secrets of at least 16 bytes, the current one first. Key ids come from the secrets, so there is nothing else to configure. */
export function tokenKeys(instance: string, secrets: readonly [Uint8Array, ...Uint8Array[]]): TokenKeys {
  if (instance === '' || instance.includes('\0')) throw new RangeError('The instance name is empty or has a NUL')
  const key = (secret: Uint8Array): TokenKey => {
    if (secret.length < 16) throw new RangeError('A token secret must have at least 16 bytes')
    return {
      id: base32(createHash('sha256').update('postern key id\0').update(secret).digest()).slice(0, 1),
      secret: createSecretKey(secret),
    }
  }
  const [current, ...old] = secrets
  return { instance, current: key(current), old: old.map(key) }
}

/** A new lookup key: 60 random bits as 12 base32 characters. Unique by constraint in the store, never by luck alone. */
export function newTokenRef(): string {
  return base32(randomBytes(8)).slice(0, refLength)
}

/** The last day of a token made at `nowMs` that shall live for `days`. */
export function expiryDay(nowMs: number, days: number): number {
  return Math.floor(nowMs / dayMs) + days
}

/** A reply token (see the head of this file). Throws RangeError for claims that no token can hold. */
export function makeToken(keys: TokenKeys, claims: TokenClaims): string {
  if (claims.purpose === 'agent' && claims.expiresDay === null) throw new RangeError('An agent token must expire')
  if (!/^[a-z2-7]{12}$/.test(claims.ref)) throw new RangeError('A token ref is 12 base32 characters')
  const head = letters[claims.purpose] + keys.current.id + packDay(claims.expiresDay) + claims.ref
  return head + tag(keys.instance, keys.current, 'reply', head, claims.recipient)
}

/** The parts of a token, in whatever letter case it came back; null where the shape is wrong. */
export function readToken(token: string): TokenParts | null {
  const m = token.length === tokenLength ? tokenShape.exec(lowerAscii(token)) : null
  if (!m) return null
  const [, letter, keyId, day, ref] = m
  if (letter === undefined || keyId === undefined || day === undefined || ref === undefined) return null
  const purpose = letter === 'c' ? 'customer' : letter === 'a' ? 'agent' : letter === 'p' ? 'personal' : 'bounce'
  const expiresDay = unpackDay(day)
  return purpose === 'agent' && expiresDay === null ? null : { purpose, keyId, ref, expiresDay }
}

/** Whether we made this token for this recipient and it is still good. A forged token is forged whatever its expiry says. */
export function verifyToken(keys: TokenKeys, token: string, expect: { readonly recipient: string; readonly nowMs: number }): TokenVerdict {
  const lower = lowerAscii(token)
  const parts = readToken(lower)
  if (!parts) return 'forged'
  const head = lower.slice(0, -tagLength)
  const verdict = proves(keys, parts.keyId, 'reply', head, expect.recipient, lower.slice(-tagLength))
  if (verdict !== 'ok') return verdict
  return parts.expiresDay !== null && expect.nowMs >= (parts.expiresDay + 1) * dayMs ? 'expired' : 'ok'
}

/** `support+<token>@example.com` for a mailbox `support@example.com`; null where the local part would pass 64 octets. */
export function plusAddress(mailbox: string, token: string, delimiter = '+'): string | null {
  const at = mailbox.lastIndexOf('@')
  const local = mailbox.slice(0, at) + delimiter + token
  return at < 1 || local.startsWith('"') || Buffer.byteLength(local) > maxLocalPartLength ? null : local + mailbox.slice(at)
}

/** The token in the local part of an address to the mailbox `mailboxLocal`, lower-cased; null if there is none or its shape is wrong. */
export function extractPlusToken(localPart: string, mailboxLocal: string, delimiter = '+'): string | null {
  const prefix = mailboxLocal + delimiter
  const rest = lowerAscii(localPart.slice(prefix.length))
  return localPart.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase() && readToken(rest) ? rest : null
}

/**
 * A text without the tokens of agents in addresses (`support+<token>@` becomes `support@`), in whatever way a mail program writes the plus: who
 * answers below a quote of our mail to him shall not hand his address on.
 */
export function withoutAgentTokens(text: string): string {
  return text.replace(/(?:\+|%2b|&#43;|&#x2b;|&plus;)([a-z2-7]{43})(?=@|%40|&#64;)/gi, (whole, token: string) => {
    const purpose = readToken(token)?.purpose
    return purpose === 'agent' || purpose === 'personal' ? '' : whole
  })
}

/** A signed Message-ID `<ref.tag@hostname>` (RFC 5322 §3.6.4); `hostname` is a domain of ours, punycoded here, and not part of the proof. */
export function ownMessageId(keys: TokenKeys, ref: string, hostname: string): string {
  const ascii = /[^\x00-\x7f]/.test(hostname) ? domainToASCII(hostname) : hostname
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i.test(ascii)) throw new RangeError('Not a host name')
  return `<${envelopeId(keys, 'message', ref)}@${ascii}>`
}

/** The ref of a Message-ID that we made (with or without angle brackets), null for all others and for forgeries. */
export function readOwnMessageId(keys: TokenKeys, messageId: string): string | null {
  return provenRef(keys, 'message', messageIdShape, messageId)
}

/** Whether a Message-ID has the shape of ours, proven or not: for telling a forged or rotated-out one from a foreign one. */
export function looksLikeOwnMessageId(messageId: string): boolean {
  return messageId.length < 400 && messageIdShape.test(lowerAscii(messageId.trim()))
}

/** A signed ENVID (RFC 3461 §4.4) for one outbox row: at most 40 characters, needs no xtext quoting. */
export function makeEnvelopeId(keys: TokenKeys, ref: string): string {
  return envelopeId(keys, 'envid', ref)
}

/** The ref of an Original-Envelope-Id that we made; null for all others. */
export function readEnvelopeId(keys: TokenKeys, envid: string): string | null {
  return provenRef(keys, 'envid', envelopeIdShape, envid)
}

function envelopeId(keys: TokenKeys, kind: Kind, ref: string): string {
  if (!/^[a-z2-7]{12}$/.test(ref)) throw new RangeError('A token ref is 12 base32 characters')
  return `${ref}.${keys.current.id}${tag(keys.instance, keys.current, kind, keys.current.id + ref, '')}`
}

function provenRef(keys: TokenKeys, kind: Kind, shape: RegExp, text: string): string | null {
  const m = text.length < 400 ? shape.exec(lowerAscii(text.trim())) : null
  const [, ref, keyId, mac] = m ?? []
  if (ref === undefined || keyId === undefined || mac === undefined) return null
  return proves(keys, keyId, kind, keyId + ref, '', mac) === 'ok' ? ref : null
}

/** Keeps tags of one use from being good for another. */
type Kind = 'reply' | 'message' | 'envid'

function tag(instance: string, key: TokenKey, kind: Kind, head: string, recipient: string): string {
  if (recipient.includes('\0')) throw new RangeError('NUL in a token recipient')
  // NUL separates: none of the fields can hold one, so no two claims share an input.
  const mac = createHmac('sha256', key.secret).update(`postern token v1\0${kind}\0${instance}\0${head}\0${recipient}`).digest()
  return base32(mac).slice(0, tagLength)
}

function proves(keys: TokenKeys, keyId: string, kind: Kind, head: string, recipient: string, mac: string): 'ok' | 'forged' | 'unknown-key' {
  if (recipient.includes('\0')) return 'forged'
  const candidates = [keys.current, ...keys.old].filter((k) => k.id === keyId)
  if (candidates.length === 0) return 'unknown-key'
  const good = candidates.filter((k) => sameText(tag(keys.instance, k, kind, head, recipient), mac))
  return good.length > 0 ? 'ok' : 'forged'
}

/** Lower case of ASCII only: the KELVIN SIGN must not become a k. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase())
}

/** Compares in a time that does not depend on where the texts differ. */
function sameText(a: string, b: string): boolean {
  const x = Buffer.from(a)
  const y = Buffer.from(b)
  return x.length === y.length && timingSafeEqual(x, y)
}

/** Day 0 stands for "never"; 15 bits reach to the year 2059. */
function packDay(day: number | null): string {
  if (day !== null && !(Number.isInteger(day) && day > 0 && day < 32_768)) throw new RangeError('A token can expire between 1970 and 2059')
  const n = day ?? 0
  return [n >> 10, (n >> 5) & 31, n & 31].map((i) => alphabet[i]).join('')
}

function unpackDay(text: string): number | null {
  const n = [...text].reduce((sum, c) => sum * 32 + alphabet.indexOf(c), 0)
  return n === 0 ? null : n
}

/** RFC 4648 §6 in lower case, without padding. */
function base32(bytes: Uint8Array): string {
  let out = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += alphabet[(value >> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits > 0 ? out + alphabet[(value << (5 - bits)) & 31] : out
}
