// Headers of an endpoint's own: which may be set, and how a secret gets into them without being stored or shown.
const reserved =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|webhook-.*|user-agent|accept-encoding)$/i

/** Headers whose value is a secret by what they are. */
const secretive = /^(?:authorization|cookie|.*(?:token|secret|password|api-?key).*)$/i

const reference = /\{\{\s*secret\.([a-z][a-z0-9_]{0,62})\s*\}\}/g

/** What is wrong with one of them, in a sentence; undefined: nothing. */
export function headerProblem(
  headers: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): { readonly name: string; readonly message: string } | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (reserved.test(name)) return { name, message: `${name} is set by Postern` }
    if (!/^[\x20-\x7e]*$/.test(value)) return { name, message: `${name}: printable ASCII on one line` }
    const unknown = [...value.matchAll(reference)].map((m) => m[1] ?? '').find((secret) => !Object.hasOwn(secrets, secret))
    if (unknown !== undefined) return { name, message: `${name}: there is no secret "${unknown}" in header_secrets of the plugin webhooks` }
    if (value.replace(reference, '').includes('{{')) return { name, message: `${name}: {{ secret.NAME }} is all that is put in` }
    if (secretive.test(name) && value.replace(reference, '') === value)
      return { name, message: `${name}: write the secret into header_secrets of the plugin webhooks, and here {{ secret.NAME }}` }
  }
  return undefined
}

/** The headers as they are sent. One whose secret is gone from the configuration is left out. */
export function filledHeaders(
  headers: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      headerProblem({ [name]: value }, secrets)
        ? []
        : [[name.toLowerCase(), value.replace(reference, (_, secret: string) => secrets[secret] ?? '').replace(/[^\x20-\x7e]+/g, '')]],
    ),
  )
}
