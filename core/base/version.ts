// Which Postern this is: its version, and the commit it was made from.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { moduleExtension } from './module-extension.ts'

/** Version of the program, and its commit: 12 hex digits, `-dirty` behind them where files have changed since; null where nobody knows it. */
export interface ProgramVersion {
  readonly version: string
  readonly commit: string | null
}

/** Whether this is a compiled copy (an npm package, a Debian package) and no checkout. */
export const isInstalled = moduleExtension === '.js'

/** The folder that holds `core/` and `plugins/`. */
const programFolder = path.join(import.meta.dirname, '..', '..')

let known: ProgramVersion | undefined

/** Read once: from `package.json`, and from `build.json` that packing leaves beside the program, or from git in a checkout. Never throws. */
export function programVersion(): ProgramVersion {
  return (known ??= {
    version: textIn(path.join(programFolder, isInstalled ? '..' : '.', 'package.json'), 'version') ?? 'unknown',
    commit: textIn(path.join(programFolder, 'build.json'), 'commit') ?? commitOfCheckout(),
  })
}

function textIn(file: string, key: string): string | undefined {
  try {
    const held: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const text: unknown = typeof held === 'object' && held !== null ? Reflect.get(held, key) : undefined
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}

/** Only of a repository of its own: a copy that lies within somebody else's has none. */
function commitOfCheckout(): string | null {
  if (!existsSync(path.join(programFolder, '.git'))) return null
  const git = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'], { cwd: programFolder, encoding: 'utf8' })
  return git.status === 0 ? git.stdout.trim() : null
}
