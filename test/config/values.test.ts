import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressMatcher, parseCidr } from '../../core/base/cidr.ts'
import { nearest } from '../../core/base/suggest.ts'
import { formatDuration, formatSize, parseDuration, parseRate, parseSize } from '../../core/base/units.ts'
import { valid } from './loading.ts'
import { runs } from '../support/runs.ts'

test.each([
  ['0s', 0],
  ['500ms', 500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['4h', 14_400_000],
  ['2d 5h', 190_800_000],
  ['1w', 604_800_000],
  [' 30d ', 2_592_000_000],
  ['', undefined],
  ['5', undefined],
  ['5 m', undefined],
  ['-5m', undefined],
  ['5M', undefined],
  ['5min', undefined],
  ['1e3s', undefined],
  ['.5h', undefined],
  ['5m,', undefined],
  ['999999999999w', undefined],
])('the duration %j is %s ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

test.each([
  [0, 0],
  [1024, 1024],
  ['512B', 512],
  ['512', 512],
  ['25MB', 25_000_000],
  ['25 MB', 25_000_000],
  ['1.5kB', 1500],
  ['200MiB', 209_715_200],
  ['1GiB', 1_073_741_824],
  ['25mb', undefined],
  ['25M', undefined],
  ['', undefined],
  [-1, undefined],
  [1.5, undefined],
  ['1e6', undefined],
])('the size %j is %s bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))

test.each([
  ['10/10m', { count: 10, ms: 600_000 }],
  ['500/h', { count: 500, ms: 3_600_000 }],
  ['0/1d', { count: 0, ms: 86_400_000 }],
  ['10', undefined],
  ['/10m', undefined],
  ['10/', undefined],
  ['10/0s', undefined],
  ['x/10m', undefined],
  ['1/2/3', undefined],
])('the rate %j is %j', (text, rate) => expect(parseRate(text)).toEqual(rate))

test('every duration is read back as it was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e13 }), (ms) => parseDuration(formatDuration(ms)) === ms),
    { numRuns: runs() },
  )
})

test('sizes are written for people', () => {
  expect([0, 999, 1500, 25_000_000, 2_000_000_000].map(formatSize)).toEqual(['0B', '999B', '1.5kB', '25MB', '2GB'])
})

test.each(['10.0.0.0/8', '192.0.2.7', '::1', '2001:db8::/32', '0.0.0.0/0', '::/0', '10.1.2.3/8'])('%s is a range', (text) =>
  expect(parseCidr(text)).toBeDefined(),
)
test.each([
  '',
  '10.0.0.0/33',
  '10.0.0/8',
  '::1/129',
  'localhost',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  'fe80::1%eth0',
  '010.0.0.1',
  '10.0.0.0/ 8',
])('%j is no range', (text) => expect(parseCidr(text)).toBeUndefined())

test('an address is matched against ranges, in IPv6 clothes too', () => {
  const inside = addressMatcher(['127.0.0.0/8', '::1', '2001:db8::/32'])
  expect(['127.0.0.1', '127.255.0.1', '::1', '2001:db8::5', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'].map(inside)).toEqual([
    true,
    true,
    true,
    true,
    true,
    true,
  ])
  expect(['128.0.0.1', '::2', '2001:db9::1', '::ffff:10.0.0.1', '', 'localhost', '127.0.0.1.evil.example'].map(inside)).toEqual([
    false,
    false,
    false,
    false,
    false,
    false,
    false,
  ])
})

test('the nearest word is found through one swap, one letter more or less, and not beyond', () => {
  expect(nearest('mailboxs', ['agents', 'mailboxes'])).toBe('mailboxes')
  expect(nearest('stmp', ['lmtp', 'smtp'])).toBe('smtp')
  expect(nearest('NAME', ['name'])).toBe('name')
  expect(nearest('foo', ['bar', 'foobar'])).toBeUndefined()
  expect(nearest('x'.repeat(100_000), ['x'])).toBeUndefined()
})

describe('addresses', () => {
  const address = (text: string): string | undefined => {
    try {
      return valid(`mailboxes:\n  m: { address: ${JSON.stringify(text)} }`).mailboxes.get('m')?.address
    } catch {
      return undefined
    }
  }
  test.each([
    ['Support@Example.COM', 'support@example.com'],
    ['поддержка@пример.рф', 'поддержка@xn--e1afmkfd.xn--p1ai'],
    ["o'brien+x@example.com", "o'brien+x@example.com"],
    ['a@localhost', 'a@localhost'],
  ])('%s is kept as %s', (text, kept) => expect(address(text)).toBe(kept))
  test.each([
    '',
    '@',
    'a@',
    '@b',
    'a b@example.com',
    'a@@example.com',
    '.a@example.com',
    'a..b@example.com',
    'a@example..com',
    'a@-example.com',
    'a@exam_ple.com',
    'a@example.com\r\nRCPT TO:<b@c>',
    '<a@example.com>',
    '"a b"@example.com',
    'a@[127.0.0.1]',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b.'.repeat(130)}com`,
    'a\0@example.com',
    'a,b@example.com',
  ])('%j is refused', (text) => expect(address(text)).toBeUndefined())
})
