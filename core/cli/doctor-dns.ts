// What others look up about the domains that we write from, as advice: where answers go, and whether we may send.
import { Resolver } from 'node:dns/promises'
import type { Finding } from './finding.ts'

/** What is asked of the DNS; that of Node does it, and a test's own. Both reject with the `code` of Node's DNS errors. */
export interface DnsLookup {
  resolveMx(name: string): Promise<readonly { readonly exchange: string }[]>
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>
}

/** One finding for each record that is missing, or one that all are there. */
export async function dnsFindings(
  domains: Iterable<string>,
  lookup: DnsLookup = new Resolver({ timeout: 3000, tries: 2 }),
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const domain of domains) {
    for (const one of await domainFindings(domain, lookup)) findings.push(one)
  }
  return findings
}

/** What there is under a name: records, none, or not even the name (and so nothing below it, RFC 8020). */
type Found<T> = { readonly is: 'there'; readonly records: readonly T[] } | { readonly is: 'empty' | 'no name' }

async function domainFindings(domain: string, lookup: DnsLookup): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const advise = (message: string, remedy: string): void => void findings.push({ level: 'advice', topic: 'dns', message, remedy })
  try {
    const mx = await found(lookup.resolveMx(domain))
    // A single "." says that the domain takes no mail (RFC 7505).
    if (mx.is !== 'there' || mx.records.every(({ exchange }) => exchange === '' || exchange === '.'))
      advise(`${domain} has no MX record: answers of customers may not arrive`, 'publish one that names your mail server')
    const spf = texts(await found(lookup.resolveTxt(domain))).filter((text) => /^v=spf1(?: |$)/i.test(text))
    if (spf.length === 0) advise(`${domain} has no SPF record: what we send may land in spam`, 'publish one that names your smarthost')
    if (spf.length > 1) advise(`${domain} has ${spf.length} SPF records, which counts as an error (RFC 7208 §4.5)`, 'keep one')
    // Which selectors there are nobody can ask; whether there is any, the name above them tells.
    const keys = await found(lookup.resolveTxt(`_domainkey.${domain}`))
    if (keys.is === 'no name')
      advise(
        `${domain} has no DKIM key: large providers refuse or sort out what is not signed`,
        'let the smarthost sign, and publish its key below _domainkey',
      )
    const dmarc = texts(await found(lookup.resolveTxt(`_dmarc.${domain}`))).filter((text) => /^v=DMARC1\b/i.test(text))
    if (dmarc.length === 0) advise(`${domain} has no DMARC record`, 'publish _dmarc with at least p=none')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    advise(`${domain} could not be looked up (${code})`, 'is there a name server? see /etc/resolv.conf')
  }
  return findings.length > 0 ? findings : [{ level: 'ok', topic: 'dns', message: `${domain} has MX, SPF, DKIM and DMARC` }]
}

/** Rejects where the name server gave no answer. */
async function found<T>(asked: Promise<readonly T[]>): Promise<Found<T>> {
  try {
    const records = await asked
    return records.length > 0 ? { is: 'there', records } : { is: 'empty' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENODATA') return { is: 'empty' }
    if (code === 'ENOTFOUND') return { is: 'no name' }
    throw error
  }
}

const texts = (records: Found<readonly string[]>): readonly string[] =>
  records.is === 'there' ? records.records.map((parts) => parts.join('')) : []
