// Compiles what `npm pack` takes along into dist/, in the layout of the checkout: code and types, and the files that the code reads beside itself.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { programVersion } from '../core/base/version.ts'

const root = path.join(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
rmSync(dist, { recursive: true, force: true })
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(import.meta.dirname, 'tsconfig.pack.json')], {
  stdio: ['ignore', 2, 2],
})
if (status !== 0) process.exit(status ?? 1)
cpSync(path.join(root, 'config'), path.join(dist, 'config'), { recursive: true })
cpSync(path.join(root, 'plugins'), path.join(dist, 'plugins'), {
  recursive: true,
  filter: (file) => path.extname(file) === '' || path.extname(file) === '.yaml',
})
// What `postern --version` says of a copy that has no repository beside it.
const { commit } = programVersion()
if (commit) writeFileSync(path.join(dist, 'build.json'), `${JSON.stringify({ commit })}\n`)
