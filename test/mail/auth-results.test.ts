import { expect, test } from 'vitest'
import { dmarcVerdict } from '../../core/mail/auth-results.ts'

const verdict = (...values: readonly string[]) => dmarcVerdict(values.map((value) => ({ name: 'authentication-results', value })), 'mx.example.test', 'customer.test')

test('the verdict of the trusted server is taken from its topmost header and from no other', () => {
  expect(verdict('mx.example.test; dmarc=pass header.from=customer.test')).toBe('pass')
  expect(verdict('MX.example.test 1; spf=pass smtp.mailfrom=x; DMARC=Pass (p=none) header.from="customer.test"')).toBe('pass')
  expect(verdict('mx.example.test; dmarc=fail header.from=customer.test', 'mx.example.test; dmarc=pass header.from=customer.test')).toBe('fail')
  expect(verdict('other.test; dmarc=pass header.from=customer.test')).toBe('unknown')
  expect(verdict('other.test; dmarc=fail', 'mx.example.test; dmarc=pass header.from=customer.test')).toBe('pass')
  expect(dmarcVerdict([{ name: 'arc-authentication-results', value: 'mx.example.test; dmarc=pass' }], 'mx.example.test', 'customer.test')).toBe('unknown')
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
