import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testCertificate, testKey } from '../support/test-certificate.ts'
import { complaints } from './loading.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-keys-'))
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const files = { 'cert.pem': testCertificate, 'key.pem': testKey, 'other.pem': privateKey, 'words.pem': 'to be done\n', 'empty.pem': '' }
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each<[string, string, string, RegExp | null]>([
  ['that belong together', 'cert.pem', 'key.pem', null],
  [
    'of which one was made for another',
    'cert.pem',
    'other.pem',
    /^postern\.yaml:2:.*tls\.key: the key in .*other\.pem is not that of the certificate in .*cert\.pem/,
  ],
  ["that stand in each other's place", 'key.pem', 'cert.pem', /^postern\.yaml:2:.*tls\.cert: .*key\.pem holds no certificate/],
  ['of which the key is anything else', 'cert.pem', 'words.pem', /^postern\.yaml:2:.*tls\.key: .*words\.pem holds no private key/],
  ['of which the key is empty', 'cert.pem', 'empty.pem', /^postern\.yaml:2:.*tls\.key: /],
  ['of which the certificate is anything else', 'words.pem', 'key.pem', /^postern\.yaml:2:.*tls\.cert: .*words\.pem holds no certificate/],
])('a certificate and a key %s', (_, cert, key, message) => {
  const found = complaints(`name: x
listeners: [{ protocol: smtp, port: 2525, tls: { cert: '${path.join(folder, cert)}', key: '${path.join(folder, key)}' } }]
mailboxes: { support: { address: support@example.com } }
`)
  expect(found).toEqual(message === null ? [] : [expect.stringMatching(message)])
})
