// `postern openapi`: the document of the HTTP API without a running gateway.
import type { Registry } from '../engine/registry.ts'
import { apiRoutes } from '../edge/http/api/routes.ts'
import { openapiOf } from '../edge/http/openapi.ts'
import { referencePage } from '../edge/http/reference.ts'
import { exit } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** JSON, or with `html` a static page. */
export async function printOpenApi(registry: Registry, html: boolean, terminal: Terminal): Promise<number> {
  const document = await openapiOf(registry, apiRoutes)
  terminal.print(html ? referencePage(document) : JSON.stringify(document, null, 2))
  return exit.ok
}
