// Whether a certificate and a key that can be read are of any use together.
import { readFileSync } from 'node:fs'
import { describeError } from '../errors.ts'
import type { Issue } from '../schema.ts'
import type { Config } from './types.ts'

/** Certificates and keys of listeners with which no connection could be encrypted, each at its place with what to do. Files that cannot be read are somebody else's issue. */
export function unusableKeys(config: Config): readonly Issue[] {
  return config.listeners.flatMap(({ tls }, index): readonly Issue[] => {
    if (!tls) return []
    const at = (key: 'cert' | 'key', message: string): readonly Issue[] => [
      { path: ['listeners', index, 'tls', key], atKey: false, message },
    ]
    let cert, key
    try {
      ;[cert, key] = [readFileSync(tls.cert), readFileSync(tls.key)]
    } catch {
      return []
    }
    // Loaded here, since most configurations name no certificate.
    const { createSecureContext } = process.getBuiltinModule('node:tls')
    try {
      createSecureContext({ cert, key })
      return []
    } catch (error) {
      if (codeOf(error) === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
        return at(
          'key',
          `the key in ${tls.key} is not that of the certificate in ${tls.cert}: name the key that the certificate was made for`,
        )
      return isAlone(() => createSecureContext({ cert }))
        ? at('key', `${tls.key} holds no private key that can be used (PEM, without a passphrase): ${describeError(error)}`)
        : at('cert', `${tls.cert} holds no certificate that can be used (PEM, the server's own first): ${describeError(error)}`)
    }
  })
}

function isAlone(use: () => unknown): boolean {
  try {
    use()
    return true
  } catch {
    return false
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
