// The API in few words for programs that read text (llmstxt.org): what it is, where its document is, and each operation in a line.
import { isRecord } from '../../base/schema-walk.ts'
import type { OpenApi } from './openapi.ts'

/** Markdown, by chapters in the order of the document. */
export function llmsText(document: OpenApi): string {
  const info = isRecord(document.info) ? document.info : {}
  const chapters = new Map<string, string[]>()
  for (const [path, item] of Object.entries(isRecord(document.paths) ? document.paths : {}))
    for (const [method, operation] of Object.entries(isRecord(item) ? item : {})) {
      if (!isRecord(operation)) continue
      const chapter = Array.isArray(operation.tags) ? String(operation.tags[0]) : ''
      const lines = chapters.get(chapter) ?? []
      lines.push(`- \`${method.toUpperCase()} ${path}\`: ${String(operation.summary)}`)
      chapters.set(chapter, lines)
    }
  const described = (Array.isArray(document.tags) ? document.tags : []).filter(isRecord)
  return [
    `# ${String(info.title)}`,
    '',
    '> A mail gateway: mail in, a case, an answer out. Cases, messages, notes and notices over HTTP; every change is a named action.',
    '',
    String(info.description),
    '',
    '- [OpenAPI 3.1 document](/v1/openapi.json): every schema',
    '- [Reference](/v1/reference): the same to read',
    ...described.flatMap(({ name, description }) => {
      const lines = chapters.get(String(name)) ?? []
      return lines.length === 0 ? [] : ['', `## ${String(name)}`, '', String(description), '', ...lines]
    }),
    '',
  ].join('\n')
}
