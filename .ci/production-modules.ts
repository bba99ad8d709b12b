// The packages that the program needs to run, out of a checkout's own node_modules by its lock file: no registry is asked.
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import path from 'node:path'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
}

/**
 * Copies everything that `npm ci --omit=dev` would put into a `node_modules` folder, and the links to programs, without which npm takes a
 * package for broken. `share`: the 120 MB of Node are linked where the file system allows it, for copies that nobody changes.
 */
export function copyProductionModules(checkout: string, modules: string, share = false): void {
  const { packages } = JSON.parse(readFileSync(path.join(checkout, 'package-lock.json'), 'utf8')) as Lock // npm's own file
  for (const [place, about] of Object.entries(packages)) {
    const from = path.join(checkout, place)
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(place) || about.dev === true || !existsSync(from)) continue
    const to = path.join(modules, place.slice('node_modules/'.length))
    const program = path.join('bin', 'node')
    const linked = share && place.startsWith('node_modules/node-linux-')
    cpSync(from, to, { recursive: true, filter: (file) => !linked || file !== path.join(from, program) })
    if (linked) linkOrCopy(path.join(from, program), path.join(to, program))
  }
  const bin = path.join(modules, '.bin')
  mkdirSync(bin, { recursive: true })
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
