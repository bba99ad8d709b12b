// An empty folder into which npm installs what `npm pack` made of this checkout, by real `npm install`, without a network.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { copyProductionModules } from '../../.ci/production-modules.ts'
import { isRecord } from '../../core/base/schema-walk.ts'

/** The repository. */
export const checkout = path.join(import.meta.dirname, '..', '..')
const execute = promisify(execFile)

/** What a program that ran to its end has said; a code other than 0 does not throw. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A folder of its own with the packages in its `node_modules`. */
export interface PackedFolder {
  readonly folder: string
  /** The package of this checkout, as `npm pack` made it. */
  readonly tarball: string
  /** `node_modules/postern`. */
  readonly installed: string
  /** The environment of what runs there: its programs first in the path, and nothing of the npm that runs the tests. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Runs a program of `node_modules/.bin` or of the machine there, as an npm script would. */
  run(program: string, ...args: readonly string[]): Promise<Ran>
  /** Links packages that only tests need out of the checkout, as `npm install --save-dev` would bring them. */
  link(...names: readonly string[]): void
  remove(): void
}

/**
 * Packs the checkout and the given packages, and installs the tarballs. npm asks no registry and finds nothing in its cache: what the package
 * says it depends on lies in the folder before, copied from the checkout's own node_modules by its lock file, development packages left out.
 * So whatever the package needs and does not name as a dependency is missing here as it would be for a stranger.
 */
export async function installPacked(...packages: readonly string[]): Promise<PackedFolder> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-packed-'))
  const modules = path.join(folder, 'node_modules')
  const bin = path.join(modules, '.bin')
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|POSTERN_|NODE_|VITEST)/.test(name))),
    PATH: [bin, path.dirname(process.execPath), process.env.PATH ?? ''].join(path.delimiter),
  }
  const run = async (program: string, args: readonly string[], cwd: string): Promise<Ran> => {
    try {
      const { stdout, stderr } = await execute(program, [...args], { cwd, env, maxBuffer: 100_000_000 })
      return { code: 0, out: stdout, err: stderr }
    } catch (error) {
      if (!isRecord(error) || typeof error.code !== 'number') throw error
      return { code: error.code, out: String(error.stdout), err: String(error.stderr) }
    }
  }
  const npm = async (cwd: string, ...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await run(
      'npm',
      [...args, '--cache', path.join(folder, '.npm'), '--no-audit', '--no-fund', '--loglevel', 'error'],
      cwd,
    )
    if (code !== 0) throw new Error(`npm ${args.join(' ')}: ${out}${err}`)
    return out
  }
  copyProductionModules(checkout, modules, true)
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true }))
  const tarballs = path.join(folder, 'tarballs')
  mkdirSync(tarballs)
  for (const source of [checkout, ...packages]) await npm(source, 'pack', '--pack-destination', tarballs)
  await npm(folder, 'install', '--offline', ...readdirSync(tarballs).map((name) => path.join(tarballs, name)))
  return {
    folder,
    env,
    tarball: path.join(tarballs, readdirSync(tarballs).find((name) => /^postern-\d/.test(name)) ?? ''),
    installed: path.join(modules, 'postern'),
    run: (program, ...args) => run(program, args, folder),
    link(...names) {
      for (const name of names) {
        mkdirSync(path.dirname(path.join(modules, name)), { recursive: true })
        if (!existsSync(path.join(modules, name))) symlinkSync(path.join(checkout, 'node_modules', name), path.join(modules, name))
      }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
