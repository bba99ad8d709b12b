// Clients as two generators make them from the stored OpenAPI document: they compile in strict mode, and work against a gateway.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from '@hey-api/openapi-ts'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder } from '../support/fresh-folder.ts'
import { testGateway } from '../support/gateway.ts'
import { tokenFor } from './client.ts'
import { documentFile } from './write-openapi.ts'

const root = path.join(import.meta.dirname, '../..')
const folder = freshFolder('postern-clients-')

/** Lists, reads, answers, and is refused: the same with each client. `numbers` is what both find. */
const uses: Readonly<Record<string, string>> = {
  'hey-api': `import { createClient } from './hey-api/client/index.ts'
import { getCases, getCasesByRef, postCasesByRefReplies } from './hey-api/sdk.gen.ts'
export async function use(baseUrl: string, token: string) {
  const client = createClient({ baseUrl, auth: token })
  const list = await getCases({ client, query: { status: ['open'], include: ['messages'], total: true, limit: 1 } })
  const [first] = list.data?.data ?? []
  const subject: string = first?.subject ?? ''
  const text: string = first?.messages?.[0]?.text ?? ''
  const next: string | null = list.data?.next_url ?? null
  const total: number = list.data?.total ?? -1
  const answered = await postCasesByRefReplies({
    client,
    path: { ref: String(first?.number) },
    body: { text: 'We send another one.' },
    headers: { 'On-Behalf-Of': 'anna' },
  })
  const one = await getCasesByRef({ client, path: { ref: String(first?.number) } })
  const status: string = one.data?.status ?? ''
  const refused = await getCasesByRef({ client, path: { ref: '4711' } })
  const code: number | undefined = refused.error?.status
  return { subject, text, more: next !== null, total, answered: answered.response?.status, status, code }
}
`,
  'openapi-typescript': `import createClient from 'openapi-fetch'
import type { paths } from './openapi-typescript.ts'
export async function use(baseUrl: string, token: string) {
  const client = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${token}\` } })
  const list = await client.GET('/v1/cases', { params: { query: { status: ['open'], include: ['messages'], total: true, limit: 1 } } })
  const [first] = list.data?.data ?? []
  const subject: string = first?.subject ?? ''
  const text: string = first?.messages?.[0]?.text ?? ''
  const next: string | null = list.data?.next_url ?? null
  const total: number = list.data?.total ?? -1
  const answered = await client.POST('/v1/cases/{ref}/replies', {
    params: { path: { ref: String(first?.number) } },
    headers: { 'On-Behalf-Of': 'anna' },
    body: { text: 'We send another one.' },
  })
  const one = await client.GET('/v1/cases/{ref}', { params: { path: { ref: String(first?.number) } } })
  const status: string = one.data?.status ?? ''
  const refused = await client.GET('/v1/cases/{ref}', { params: { path: { ref: '4711' } } })
  const code: number | undefined = refused.error?.status
  return { subject, text, more: next !== null, total, answered: answered.response.status, status, code }
}
`,
}

interface Used {
  use(baseUrl: string, token: string): Promise<Readonly<Record<string, unknown>>>
}

beforeAll(async () => {
  mkdirSync(path.join(folder, 'hey-api'), { recursive: true })
  // What a client of either needs is looked for from where it lies.
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  await createClient({
    input: documentFile,
    output: { path: path.join(folder, 'hey-api'), importFileExtension: '.ts' },
    plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
    logs: { level: 'silent', file: false },
  })
  writeFileSync(path.join(folder, 'openapi-typescript.ts'), astToString(await openapiTS(readFileSync(documentFile, 'utf8'))))
  for (const [name, text] of Object.entries(uses)) writeFileSync(path.join(folder, `use-${name}.ts`), text)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('they compile in strict mode, and what they are asked has the types of the document', () => {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
  }
  const program = ts.createProgram(
    Object.keys(uses).map((name) => path.join(folder, `use-${name}.ts`)),
    options,
  )
  const found = ts.getPreEmitDiagnostics(program)
  expect(found.map((d) => `${d.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`)).toEqual([])
}, 120_000)

test.each(Object.keys(uses))(
  'the client of %s lists, reads, answers, and is refused in the words of the API',
  async (name) => {
    const g = await testGateway({ plugins: ['desk', 'threading', 'notify'] })
    try {
      for (const from of ['carl', 'dora'])
        await g.mail({ from: `${from}@customer.test`, to: 'support@example.test', subject: `From ${from}`, text: `${from} needs help` })
      const imported: unknown = await import(pathToFileURL(path.join(folder, `use-${name}.ts`)).href)
      const { use } = imported as Used // the text above
      expect(await use(`http://127.0.0.1:${g.gateway.http?.port ?? 0}`, await tokenFor(g))).toEqual({
        ...{ subject: 'From dora', text: 'dora needs help', more: true, total: 2, answered: 201, status: 'waiting', code: 404 },
      })
      await g.settle()
      expect((await g.sentTo('dora@customer.test')).map((m) => m.mail.text?.trim())).toEqual([
        expect.stringContaining('We send another one.'),
      ])
    } finally {
      await g.stop()
    }
  },
  60_000,
)
