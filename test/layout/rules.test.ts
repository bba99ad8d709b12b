// The rules of the layout are held by the linter and by dependency-cruiser: each is shown to catch a fault that is planted for it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cruise } from 'dependency-cruiser'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { afterEach, describe, expect, test } from 'vitest'

/** What the configuration exports; it is plain JavaScript, so its types are said here. */
interface Layout {
  readonly default: {
    readonly forbidden: NonNullable<NonNullable<Parameters<typeof cruise>[1]>['ruleSet']>['forbidden']
    readonly options: object
  }
  readonly layers: readonly (readonly [name: string, pattern: string])[]
}
const configFile: string = '../../.dependency-cruiser.mjs'
const { default: layout, layers } = (await import(configFile)) as Layout

const root = path.join(import.meta.dirname, '..', '..')
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Names of the rules that a tree of these files breaks. */
async function broken(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const baseDir = mkdtempSync(path.join(tmpdir(), 'postern-layout-'))
  folders.push(baseDir)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(baseDir, name)), { recursive: true })
    writeFileSync(path.join(baseDir, name), text)
  }
  const roots = ['core', 'plugins'].filter((d) => Object.keys(files).some((f) => f.startsWith(`${d}/`)))
  const options = { ...layout.options, tsConfig: {}, baseDir, validate: true, ruleSet: { forbidden: layout.forbidden ?? [] } }
  const { output } = await cruise(roots, options)
  if (typeof output === 'string') throw new Error('a result without a reporter is an object')
  return [...new Set(output.summary.violations.map((v) => v.rule.name))].sort()
}

const eslint = new ESLint({
  cwd: root,
  // What needs types needs the file to be part of the project.
  overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }] as ESLint.Options['overrideConfig'],
})

/** Messages of the linter about a file that stood at that place. */
async function messages(filePath: string, text: string): Promise<readonly string[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(root, filePath) })
  return (result?.messages ?? []).map((m) => m.message)
}

describe('imports', () => {
  const leaf = "export const a = 'a'\n"
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'an import that points up',
      { 'core/mail/planted.ts': "import { a } from '../engine/a.ts'\nexport const b = a\n", 'core/engine/a.ts': leaf },
      ['layer-mail'],
    ],
    [
      'an import of a type that points up',
      {
        'core/contract/planted.ts': "import type { A } from '../engine/a.ts'\nexport type B = A\n",
        'core/engine/a.ts': 'export type A = string\n',
      },
      ['layer-contract'],
    ],
    [
      'a plugin that goes past the face of the contract',
      { 'plugins/planted/plugin.ts': "import { a } from '../../core/store/a.ts'\nexport const b = a\n", 'core/store/a.ts': leaf },
      ['layer-plugins'],
    ],
    [
      'a plugin that imports another',
      { 'plugins/planted/plugin.ts': "import { a } from '../other/a.ts'\nexport const b = a\n", 'plugins/other/a.ts': leaf },
      ['plugins-apart'],
    ],
    [
      'an engine that goes through the face for plugins',
      { 'core/engine/planted.ts': "import { a } from '../plugin.ts'\nexport const b = a\n", 'core/plugin.ts': leaf },
      ['layer-engine'],
    ],
    [
      'a circle',
      {
        'core/base/a.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
        'core/base/b.ts': "import { a } from './a.ts'\nexport const b = () => a\n",
      },
      ['no-circle'],
    ],
    [
      'a circle of types',
      {
        'core/base/a.ts': "import type { B } from './b.ts'\nexport type A = B | null\n",
        'core/base/b.ts': "import type { A } from './a.ts'\nexport type B = A | string\n",
      },
      ['no-circle'],
    ],
    [
      'imports that point down',
      { 'core/engine/b.ts': "import { a } from '../base/a.ts'\nexport const b = a\n", 'core/base/a.ts': leaf },
      [],
    ],
  ])('%s', async (_, files, rules) => {
    expect(await broken(files)).toEqual(rules)
  })

  test('every file of core and of the plugins belongs to one layer', async () => {
    const { output } = await cruise(['core', 'plugins'], { ...layout.options, baseDir: root, validate: false })
    if (typeof output === 'string') throw new Error('a result without a reporter is an object')
    const files = output.modules.map((m) => m.source).filter((source) => /^(core|plugins)\//.test(source))
    expect(files.length).toBeGreaterThan(400)
    expect(files.filter((file) => layers.filter(([, pattern]) => new RegExp(pattern).test(file)).length !== 1)).toEqual([])
  })
})

describe('queries', () => {
  const query = "export const find = (db: Db) => db.selectFrom('cases').selectAll().execute()\n"
  const raw = 'export const now = sql`select 1`\n'
  test.each(['core/engine/planted.ts', 'core/edge/http/planted.ts', 'plugins/rules/run/planted.ts'])(
    'outside of a store: %s',
    async (file) => {
      expect((await messages(file, query)).join()).toContain('Queries stand in core/store')
      expect((await messages(file, raw)).join()).toContain('SQL stands in core/store')
    },
  )
  test.each(['core/store/planted.ts', 'plugins/rules/store.ts', 'plugins/rules/tables.ts', 'plugins/rules/run/planted-store.ts'])(
    'in a store: %s',
    async (file) => {
      expect((await messages(file, query + raw)).filter((m) => m.includes('core/store'))).toEqual([])
    },
  )
})

test('the wall clock and the timers are named in one file alone', async () => {
  const text = 'export const at = () => setTimeout(() => Date.now(), 1)\n'
  expect((await messages('core/engine/planted.ts', text)).filter((m) => m.includes('base/clock.ts'))).toHaveLength(2)
  expect((await messages('core/base/clock.ts', text)).filter((m) => m.includes('base/clock.ts'))).toEqual([])
})
