// Writes the OpenAPI document of all shipped plugins: node test/api/write-openapi.ts
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { isRecord } from '../../core/base/schema-walk.ts'
import { dryRegistry } from '../../core/app/dry-registry.ts'
import { apiRoutes } from '../../core/edge/http/api/routes.ts'
import { openapiOf } from '../../core/edge/http/openapi.ts'
import type { Registry } from '../../core/engine/registry.ts'
import { soundConfig } from '../support/sound-config.ts'

export const documentFile = fileURLToPath(new URL('../../config/openapi.json', import.meta.url))
const shippedFile = fileURLToPath(new URL('../../config/postern.yaml', import.meta.url))

/** The plugins of the shipped config in their order, each as it is without settings. */
export async function registryOfShipped(): Promise<Registry> {
  const shipped: unknown = parse(readFileSync(shippedFile, 'utf8'))
  const listed: unknown = isRecord(shipped) ? shipped.plugins : []
  const names = (Array.isArray(listed) ? listed : []).map((p: unknown) => (isRecord(p) ? Object.keys(p)[0] : p))
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-openapi-'))
  try {
    writeFileSync(
      path.join(folder, 'postern.yaml'),
      JSON.stringify({ data: './data', mailboxes: { support: { address: 'support@example.com' } }, plugins: names }),
    )
    const loaded = await soundConfig(path.join(folder, 'postern.yaml'))
    return dryRegistry(loaded.config, loaded.plugins)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export async function documentText(): Promise<string> {
  return `${JSON.stringify(await openapiOf(await registryOfShipped(), apiRoutes), null, 1)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(documentFile, await documentText())
