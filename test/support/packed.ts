// An empty folder into which npm installs what `npm pack` made of this checkout, by real `npm install`, without a network.
import { execFile } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
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
  copyDependencies(modules)
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true }))
  const tarballs = path.join(folder, 'tarballs')
  mkdirSync(tarballs)
  for (const source of [checkout, ...packages]) await npm(source, 'pack', '--pack-destination', tarballs)
  await npm(folder, 'install', '--offline', ...readdirSync(tarballs).map((name) => path.join(tarballs, name)))
  return {
    folder,
    env,
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

/** Everything that `npm ci --omit=dev` would put there, and the links to programs, without which npm takes a package for broken. */
function copyDependencies(modules: string): void {
  const lock: unknown = JSON.parse(readFileSync(path.join(checkout, 'package-lock.json'), 'utf8'))
  const packages = isRecord(lock) && isRecord(lock.packages) ? lock.packages : {}
  for (const [place, about] of Object.entries(packages)) {
    const from = path.join(checkout, place)
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(place) || !isRecord(about) || about.dev === true || !existsSync(from)) continue
    const to = path.join(modules, place.slice('node_modules/'.length))
    const program = path.join('bin', 'node')
    const isNode = place.startsWith('node_modules/node-linux-')
    cpSync(from, to, { recursive: true, filter: (file) => !isNode || file !== path.join(from, program) })
    // 120 MB that nobody changes.
    if (isNode) linkOrCopy(path.join(from, program), path.join(to, program))
  }
  const bin = path.join(modules, '.bin')
  mkdirSync(bin)
  for (const name of readdirSync(path.join(checkout, 'node_modules', '.bin'))) {
    const target = readlinkSync(path.join(checkout, 'node_modules', '.bin', name))
    if (existsSync(path.join(bin, target))) symlinkSync(target, path.join(bin, name))
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}
