// Loads configuration texts for the tests, with two plugins that have nothing to do with the shipped ones.
import Type from 'typebox'
import { checkConfig, parseConfig } from '../../core/base/config/load.ts'
import type { LoadedConfig, PluginSchema } from '../../core/base/config/load.ts'
import { formatProblem } from '../../core/base/config/problems.ts'
import type { Config } from '../../core/base/config/types.ts'
import { defaultPlugins } from '../../core/base/config/schema.ts'
import { isRecord } from '../../core/base/schema-walk.ts'
import { duration, filePath, idOf, secret } from '../../core/base/formats.ts'

/** Settings with one of everything. */
export const notifySettings = Type.Object({
  quote: Type.Integer({ default: 5, minimum: 0, description: 'Lines.' }),
  pause: duration({ default: '5m', description: 'A pause.' }),
  to: Type.Array(idOf('people', { description: 'Who.' }), { default: [], description: 'Who.' }),
  file: Type.Optional(filePath({ description: 'A file.' })),
  key: Type.Optional(secret({ description: 'A key.' })),
  how: Type.Union(
    [
      Type.Object({ by: Type.Literal('mail'), after: duration({ default: '1m', description: 'When.' }) }),
      Type.Object({ by: Type.Literal('web'), url: Type.String({ description: 'Where to.' }) }),
    ],
    { default: { by: 'mail' }, description: 'How.' },
  ),
})

export const schemas: ReadonlyMap<string, PluginSchema> = new Map<string, PluginSchema>([
  // Whatever runs by default is known; only these have settings here.
  ...defaultPlugins.map((name): [string, PluginSchema] => [name, {}]),
  ['desk', {}],
  ['threading', { schema: Type.Object({}) }],
  [
    'notify',
    {
      schema: notifySettings,
      check: (settings) =>
        isRecord(settings) && settings.quote === 13
          ? [
              { path: ['quote'], message: 'brings bad luck' },
              { path: [], message: 'is bad', place: 'rules/a.yaml:3:7' },
            ]
          : [],
    },
  ],
  ['./broken.ts', { problem: 'cannot be loaded: no default export' }],
])

const env = { HOST: 'gate.example.com', EMPTY: '', PORT: '8026', SECRET_ZONE: 'Moon/Tycho', NUMERIC_PASS: '12345' }

export function load(text: string, more: Readonly<Record<string, string>> = {}, file = 'postern.yaml'): LoadedConfig {
  const parsed = parseConfig(text, file, { env: { ...env, ...more } })
  return parsed.ok ? checkConfig(parsed.doc, schemas, ['desk', 'threading', 'notify']) : parsed
}

/** The lines an admin would see. */
export function complaints(text: string, more: Readonly<Record<string, string>> = {}): readonly string[] {
  const loaded = load(text, more)
  return loaded.ok ? [] : loaded.problems.map(formatProblem)
}

/** The lines of the warnings. */
export function warnings(text: string, file?: string): readonly string[] {
  const loaded = load(text, {}, file)
  return loaded.ok ? loaded.warnings.map(formatProblem) : ['not valid']
}

/** A config that has to be valid. */
export function valid(text: string, more: Readonly<Record<string, string>> = {}): Config {
  const loaded = load(text, more)
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}
