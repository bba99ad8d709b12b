import { expect, test } from 'vitest'
import { dmarcVerdict } from '../../core/mail/auth-results.ts'

const verdict = (...values: readonly string[]) =>
  dmarcVerdict(
    values.map((value) => ({ name: 'authentication-results', value })),
    'mx.example.test',
    'customer.test',
  )

test('the verdict of the trusted server is taken from its topmost header and from no other', () => {
  expect(verdict('mx.example.test; dmarc=pass header.from=customer.test')).toBe('pass')
  expect(verdict('MX.example.test 1; spf=pass smtp.mailfrom=x; DMARC=Pass (p=none) header.from="customer.test"')).toBe('pass')
  expect(verdict('mx.example.test; dmarc=fail header.from=customer.test', 'mx.example.test; dmarc=pass header.from=customer.test')).toBe(
    'fail',
  )
  expect(verdict('other.test; dmarc=pass header.from=customer.test')).toBe('unknown')
  expect(verdict('other.test; dmarc=fail', 'mx.example.test; dmarc=pass header.from=customer.test')).toBe('unknown')
  expect(
    dmarcVerdict([{ name: 'arc-authentication-results', value: 'mx.example.test; dmarc=pass' }], 'mx.example.test', 'customer.test'),
  ).toBe('unknown')
  expect(dmarcVerdict([{ name: 'authentication-results', value: '; dmarc=pass' }], '', 'customer.test')).toBe('unknown')
})

test('a pass for another domain, or hidden in a comment or a quoted string, is none', () => {
  expect(verdict('mx.example.test; dmarc=pass header.from=evil.test')).toBe('fail')
  expect(verdict('mx.example.test; dmarc=pass header.from=customer.test; dmarc=fail header.from=customer.test')).toBe('fail')
  expect(verdict('mx.example.test; spf=none (; dmarc=pass header.from=customer.test)')).toBe('unknown')
  expect(verdict('mx.example.test; spf=none reason="; dmarc=pass header.from=customer.test"')).toBe('unknown')
  expect(verdict('mx.example.test; spf=none reason="\\"; dmarc=pass header.from=customer.test')).toBe('unknown')
  expect(verdict('mx.example.test; xdmarc=pass; dmarc=passed')).toBe('unknown')
  expect(verdict(`mx.example.test; ${'('.repeat(200_000)} dmarc=pass`)).toBe('unknown')
})

const trusted = 'mx.example.test'
const pass = `${trusted}; dmarc=pass header.from=agents.test`
const fail = `${trusted}; dmarc=fail header.from=agents.test`

test.each([
  ['a plain pass', [pass], 'pass'],
  ['a version and capitals', ['MX.Example.Test 1; DMARC=Pass (p=none) header.from=Agents.Test'], 'pass'],
  ['a result without header.from', [`${trusted}; dmarc=pass`], 'pass'],
  ['blanks around the equals sign, and the name in quotes', [`"${trusted}"; dmarc / 1 = pass header.from = "agents.test"`], 'pass'],
  ['another domain', [`${trusted}; dmarc=pass header.from=evil.test`], 'fail'],
  ['two verdicts that differ', [`${trusted}; dmarc=pass header.from=agents.test; dmarc=fail header.from=agents.test`], 'fail'],
  ['no dmarc at all', [`${trusted}; spf=pass; dkim=pass`], 'unknown'],
  ['none', [`${trusted}; none`], 'unknown'],
  ['a comment that does not end', [`${trusted}; (dmarc=fail; dmarc=pass header.from=agents.test`], 'unknown'],
  ['a name that begins alike', [`${trusted}.evil.test; dmarc=pass header.from=agents.test`], 'unknown'],
  ['a method that begins alike', [`${trusted}; x-dmarc=pass header.from=agents.test`], 'unknown'],
  ['a result that begins alike', [`${trusted}; dmarc=passive header.from=agents.test`], 'unknown'],
  ['the topmost of the same name decides', [fail, pass], 'fail'],
  ['below one that cannot be read nothing is believed', [`${trusted}; (dmarc=fail`, pass], 'unknown'],
  ['what is too long to be whole is not believed', [`${pass}; ${'x'.repeat(20_000)}`], 'unknown'],
] as const)('%s', (_, values, expected) => {
  expect(
    dmarcVerdict(
      values.map((value) => ({ name: 'authentication-results', value })),
      trusted,
      'agents.test',
    ),
  ).toBe(expected)
})

const A = { name: 'authentication-results', value: pass }
const received = (value: string) => ({ name: 'received', value })

test.each([
  ['on top of all', [A, received('from a.test by mx.other.test; Mon, 1 Jan 2026 00:00:00 +0000')], 'pass'],
  ['below our own Received', [received('from a.test (a.test [192.0.2.1]) by mx.example.test (Postfix) with ESMTPS id 1; now'), A], 'pass'],
  [
    'below two of ours',
    [received('from mx.example.test by store.example.test with LMTP; now'), received('from a.test by MX.Example.Test.; now'), A],
    'pass',
  ],
  ['below one of this gateway', [received('from mx.example.test by gate.internal with LMTP; now'), A], 'pass'],
  ['below a server that is not ours', [received('from a.test by mx.other.test (x); now'), A], 'unknown'],
  [
    'below ours and a foreign one',
    [received('from a.test by mx.example.test; now'), received('from b.test by evil.test; now'), A],
    'unknown',
  ],
  [
    'below a Received that only claims to come from ours',
    [received('from mx.example.test (by mx.example.test) by evil.test; now'), A],
    'unknown',
  ],
  [
    'below a Received that names ours in a comment in a comment',
    [received('from a.test (a (b) by mx.example.test) by evil.test; now'), A],
    'unknown',
  ],
  ['below a Received whose comment never ends', [received('from a.test (by mx.example.test by evil.test; now'), A], 'unknown'],
  ['below a domain that ends alike', [received('from a.test by mx.notexample.test; now'), A], 'unknown'],
  ['below a Received without a host', [received('(from root@localhost); now'), A], 'unknown'],
  ['below a field of another server', [{ name: 'authentication-results', value: 'mx.other.test; dmarc=fail' }, A], 'unknown'],
  [
    'below a field of another server that says pass',
    [{ name: 'authentication-results', value: 'mx.other.test; dmarc=pass' }, A],
    'unknown',
  ],
] as const)('a verdict %s', (_, headers, expected) => {
  expect(dmarcVerdict(headers, trusted, 'agents.test', ['gate.internal'])).toBe(expected)
})

test('strangers below one registry are not ours: co.uk is nobody\u2019s domain', () => {
  const above = (by: string, id: string) =>
    dmarcVerdict(
      [received(`from x.test by ${by}; now`), { name: 'authentication-results', value: `${id}; dmarc=pass header.from=agents.test` }],
      id,
      'agents.test',
    )
  for (const [by, id, expected] of [
    ['mx.example.co.uk', 'example.co.uk', 'pass'],
    ['mx.stranger.co.uk', 'example.co.uk', 'unknown'],
    ['mx.stranger.msk.ru', 'example.msk.ru', 'unknown'],
    ['relay.example.co.uk', 'mx.example.co.uk', 'pass'],
    ['relay.example.de', 'mx.example.de', 'pass'],
    ['mx.stranger.de', 'mx.example.de', 'unknown'],
  ] as const)
    expect([by, id, above(by, id)]).toEqual([by, id, expected])
})
