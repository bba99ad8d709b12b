// Writes the editor schemas of rule and scenario files anew: node test/rules/write-schemas.ts
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileSchema } from '../../core/base/schema.ts'
import { scenarioFile } from '../../core/scenario/format.ts'
import { ruleFileSchema } from '../../plugins/rules/files/rule-schema.ts'

/** Each file, and what belongs into it. */
export function editorSchemas(): readonly (readonly [file: string, text: string])[] {
  return (
    [
      ['scenario.schema.json', scenarioFile],
      ['rules.schema.json', ruleFileSchema],
    ] as const
  ).map(([name, schema]) => [
    fileURLToPath(new URL(`../../config/${name}`, import.meta.url)),
    `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...compileSchema(schema).json }, null, 2)}\n`,
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const [file, text] of editorSchemas()) writeFileSync(file, text)
