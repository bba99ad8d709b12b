// Writes the editor schemas of rule and scenario files anew: node test/rules/write-schemas.ts
import { writeFileSync } from 'node:fs'
import { compileSchema } from '../../core/base/schema.ts'
import { scenarioFile } from '../../core/scenario/format.ts'
import { ruleFileSchema } from '../../plugins/rules/rule-schema.ts'

for (const [file, schema] of [['scenario.schema.json', scenarioFile], ['rules.schema.json', ruleFileSchema]] as const) {
  writeFileSync(new URL(`../../config/${file}`, import.meta.url), `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...compileSchema(schema).json }, null, 2)}\n`)
}
