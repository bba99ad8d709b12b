import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkedAddress, parseAddressList, readAddressList } from '../../core/mail/address.ts'
import { runs } from '../support/runs.ts'

const addresses = (value: string): readonly string[] => parseAddressList(value).map((a) => a.address)

describe('an address header', () => {
  test.each([
    ['Ivan <ivan@Example.ORG>', [{ address: 'ivan@example.org', name: 'Ivan' }]],
    ['ivan@example.org (Ivan Petrov)', [{ address: 'ivan@example.org', name: 'Ivan Petrov' }]],
    [
      '"Petrov, Ivan" <ivan@example.org>, b@example.org',
      [
        { address: 'ivan@example.org', name: 'Petrov, Ivan' },
        { address: 'b@example.org', name: '' },
      ],
    ],
    [
      'Team: a@example.org, B <b@example.org>;, c@example.org',
      [
        { address: 'a@example.org', name: '' },
        { address: 'b@example.org', name: 'B' },
        { address: 'c@example.org', name: '' },
      ],
    ],
    ['undisclosed-recipients:;', []],
    ['=?utf-8?B?0JjQstCw0L0=?= <ivan@example.org>', [{ address: 'ivan@example.org', name: 'Иван' }]],
    ['Ann "The Boss" Lee <ann@example.org>', [{ address: 'ann@example.org', name: 'Ann The Boss Lee' }]],
    ['"Ann Lee <ann@example.org>', [{ address: 'ann@example.org', name: 'Ann Lee' }]],
    ['"very.(),:;<>[]\\".odd"@example.org', [{ address: '"very.(),:;<>[]\\".odd"@example.org', name: '' }]],
    ['<@relay.example.org:a@example.org>', [{ address: 'a@example.org', name: '' }]],
    ['<<a@example.org>>', [{ address: 'a@example.org', name: '' }]],
    ['a @ example . org', [{ address: 'a@example.org', name: '' }]],
    [
      'A <a@example.org> B <b@example.org>',
      [
        { address: 'a@example.org', name: 'A' },
        { address: 'b@example.org', name: 'B' },
      ],
    ],
    [
      'A <a@example.org>; B <b@example.org>',
      [
        { address: 'a@example.org', name: 'A' },
        { address: 'b@example.org', name: 'B' },
      ],
    ],
    ['postmaster', [{ address: '', name: 'postmaster' }]],
    ['Robot <robot>', [{ address: '', name: 'Robot' }]],
    ['mailto:a@example.org', [{ address: 'a@example.org', name: '' }]],
    ['user@[192.0.2.1]', [{ address: 'user@[192.0.2.1]', name: '' }]],
    ["'Ann' <ann@example.org>", [{ address: 'ann@example.org', name: 'Ann' }]],
    ['Lee, Ann <ann@example.org>', [{ address: 'ann@example.org', name: 'Lee, Ann' }]],
    ['"ann@example.org"', [{ address: 'ann@example.org', name: '' }]],
    ['"Ann Lee <ann@example.org>"', [{ address: 'ann@example.org', name: 'Ann Lee' }]],
    ['Ann Lee (ann@example.org)', [{ address: 'ann@example.org', name: 'Ann Lee' }]],
    ['Ann Lee [ann@example.org]', [{ address: 'ann@example.org', name: 'Ann Lee' }]],
    ['ann@example.org>', [{ address: 'ann@example.org', name: '' }]],
    ['Ann <ann lee@example.org>', [{ address: 'ann lee@example.org', name: 'Ann' }]],
    ["<'ann@example.org'>", [{ address: 'ann@example.org', name: '' }]],
    ["Ann <'ann@example.org'>", [{ address: 'ann@example.org', name: 'Ann' }]],
    ["\"'Ann P.'\" <'ann@example.org'>", [{ address: 'ann@example.org', name: 'Ann P.' }]],
    ['\u2018ann@example.org\u2019', [{ address: 'ann@example.org', name: '' }]],
    ["o'neil@example.org", [{ address: "o'neil@example.org", name: '' }]],
    ["'odd'@example.org", [{ address: "'odd'@example.org", name: '' }]],
    ['ann@example.org.', [{ address: 'ann@example.org', name: '' }]],
    ['Ann <ann@example.org.>', [{ address: 'ann@example.org', name: 'Ann' }]],
    [
      '<Ann Lee <ann@example.org, Bob <bob@example.org>, "Cy" <cy@example.org>',
      [
        { address: 'ann@example.org', name: 'Ann Lee' },
        { address: 'bob@example.org', name: 'Bob' },
        { address: 'cy@example.org', name: 'Cy' },
      ],
    ],
    [
      'Ann <ann@example.org, Bob <bob@example.org',
      [
        { address: 'ann@example.org', name: 'Ann' },
        { address: 'bob@example.org', name: 'Bob' },
      ],
    ],
    [
      '<ann@example.org <bob@example.org>',
      [
        { address: 'ann@example.org', name: '' },
        { address: 'bob@example.org', name: '' },
      ],
    ],
    ['< Ann <ann@example.org>', [{ address: 'ann@example.org', name: 'Ann' }]],
    ['Ann <"a<b"@example.org>', [{ address: '"a<b"@example.org', name: 'Ann' }]],
    ['ann@exam(x)ple.org', [{ address: 'ann@exam', name: 'ple.org' }]],
    ['a=?b@example.org', [{ address: 'a=?b@example.org', name: '' }]],
  ])('%s', (value, expected) => {
    expect(parseAddressList(value)).toEqual(expected)
  })

  test.each<[string, string[]]>([
    ['ann@example.org eve@evil.example', ['eve@evil.example']],
    ['ann@example.org\teve@evil.example x@y.example', ['eve@evil.example', 'x@y.example']],
    ['Ann <ann@example.org> eve@evil.example', ['eve@evil.example']],
    ['ann@example.org and eve@evil.example', ['eve@evil.example']],
    ['ann@example.org ann@example.org', []],
    ['ann@example.org <eve@evil.example>', []],
    ['"ann@example.org" eve@evil.example', []],
    ['eve@evil.example (ann@example.org)', []],
    ['a@example.org, b@example.org', []],
  ])('two addresses without a comma are seen: %s', (value, beside) => {
    expect(readAddressList(value).unseparated).toEqual(beside)
  })

  test('encoded words never make an address', () => {
    expect(parseAddressList('=?utf-8?q?boss=40victim.example?= <eve@evil.example>')).toEqual([
      { address: 'eve@evil.example', name: 'boss@victim.example' },
    ])
    expect(parseAddressList('=?utf-8?q?boss=40victim.example?=')).toEqual([{ address: '', name: 'boss@victim.example' }])
    expect(addresses('=?utf-8?q?a=40b.example=3E,_<c?= <eve@evil.example>')).toEqual(['eve@evil.example'])
    expect(addresses('=?utf-8?q?boss@victim.example?= <eve@evil.example>')).toEqual(['eve@evil.example'])
  })

  test('a name never carries line ends or controls', () => {
    expect(parseAddressList('=?utf-8?q?a=0D=0ABcc:_x@y.example?= <a@example.org>')[0]?.name).toBe('a Bcc: x@y.example')
  })

  test('stops at a thousand mailboxes', () => {
    expect(parseAddressList(Array.from({ length: 3000 }, (_, i) => `u${i}@example.org`).join(','))).toHaveLength(1000)
  })

  test('never throws and gives at most one @ outside of quotes, whatever stands there', () => {
    const pieces = fc.constantFrom(
      '"',
      '<',
      '>',
      '(',
      ')',
      ',',
      ';',
      ':',
      '@',
      '\\',
      ' ',
      '\t',
      '\r\n ',
      'a',
      'b.c',
      '=?utf-8?q?',
      '?=',
      '=40',
      '[',
      ']',
      'é',
      '\u0000',
      '.',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        for (const { address, name } of parseAddressList(parts.join(''))) {
          expect(address).not.toMatch(/[\r\n\0]/)
          expect(name).not.toMatch(/[\r\n\0]/)
          if (address !== '') expect(address).toContain('@')
        }
      }),
      { numRuns: runs(2000) },
    )
  })
})

describe('the check before every envelope', () => {
  test.each([
    'a@example.org',
    'a.b+c@sub.example.org',
    '"a b"@example.org'.replace(' ', '.'),
    'a@[192.0.2.1]',
    'юзер@пример.рф',
    "o'brien@example.org",
    'a@localhost',
  ])('lets %s pass', (address) => {
    expect(checkedAddress(address)?.address).toBe(address)
  })

  test.each([
    '',
    '@',
    'a',
    'a@',
    '@b',
    'a@b@c',
    'a b@c.org',
    'a@b c.org',
    'a@b.org\r\nRCPT TO:<evil@x>',
    '<a@b.org>',
    'a@b.org>',
    'a@b.org\0',
    'a@b..org',
    'a@-b.org',
    'a@b.org.',
    'a,b@c.org',
    'a@b.org,c@d.org',
    '"a@b.org',
    '"a\r"@b.org',
    'a@b\u2028.org',
    'a\u202e@b.org',
    `${'x'.repeat(65)}@b.org`,
    `a@${'x'.repeat(64)}.org`,
    `a@${'x.'.repeat(130)}org`,
    'a@[1.2.3]',
    '\ud800@b.org',
  ])('refuses %j', (address) => {
    expect(checkedAddress(address)).toBeNull()
  })

  test('lowers the domain, keeps the local part, and says what needs SMTPUTF8', () => {
    expect(checkedAddress('Ivan@Example.ORG')).toMatchObject({ address: 'Ivan@example.org', smtpUtf8: false })
    expect(checkedAddress('иван@example.org')).toMatchObject({ smtpUtf8: true })
  })

  test('what passes is the very text that was given, the domain in lower case, without anything that SMTP gives a meaning to', () => {
    const odd = fc.string({
      unit: fc.constantFrom(
        'a',
        'B',
        '0',
        '.',
        '@',
        '"',
        '\\',
        '<',
        '>',
        ' ',
        '\r',
        '\n',
        '\0',
        ',',
        ';',
        ':',
        '(',
        '[',
        ']',
        '-',
        'é',
        '\u202e',
        '\x7f',
      ),
      maxLength: 24,
    })
    fc.assert(
      fc.property(odd, (s) => {
        const checked = checkedAddress(s)
        if (checked === null) return
        expect(checked.address.toLowerCase()).toBe(s.toLowerCase())
        expect(checked.address).not.toMatch(/[\x00-\x20\x7f<>]/)
        expect(Buffer.byteLength(checked.address)).toBeLessThanOrEqual(254)
        expect(checkedAddress(checked.address)?.address).toBe(checked.address)
      }),
      { numRuns: runs(100_000) },
    )
  })
})
