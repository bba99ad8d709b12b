// Builds the Debian package: node .ci/debian/build.ts [--tarball FILE] [--out FOLDER] [--compress xz|gzip|none]; prints its path.
// It holds what `npm pack` makes (or the given tarball), the packages it needs out of node_modules, and the Node that came along, since
// Debian's own is too old: nothing is fetched, and the package is for the processor of this machine.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { copyProductionModules } from '../production-modules.ts'

const { values } = parseArgs({
  options: { tarball: { type: 'string' }, out: { type: 'string', default: '.' }, compress: { type: 'string', default: 'xz' } },
})
const checkout = path.join(import.meta.dirname, '..', '..')
const stage = mkdtempSync(path.join(tmpdir(), 'postern-deb-'))
const at = (...parts: readonly string[]): string => path.join(stage, ...parts)
try {
  const tarball = values.tarball ?? packed()
  const program = at('usr', 'lib', 'postern')
  mkdirSync(program, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', program, '--strip-components', '1', '--no-same-owner'])
  copyProductionModules(checkout, path.join(program, 'node_modules'))

  mkdirSync(at('usr', 'bin'))
  cpSync(path.join(import.meta.dirname, 'postern'), at('usr', 'bin', 'postern'))
  cpSync(path.join(program, 'dist', 'config'), at('etc', 'postern'), { recursive: true })
  for (const generated of readdirSync(at('etc', 'postern'))) if (generated.endsWith('.json')) rmSync(at('etc', 'postern', generated))
  mkdirSync(at('lib', 'systemd', 'system'), { recursive: true })
  writeFileSync(at('lib', 'systemd', 'system', 'postern.service'), unit())
  const doc = at('usr', 'share', 'doc', 'postern')
  mkdirSync(doc, { recursive: true })
  for (const [from, to] of [
    ['LICENSE', 'copyright'],
    ['CHANGELOG.md', 'CHANGELOG.md'],
    ['README.md', 'README.md'],
  ] as const)
    cpSync(path.join(checkout, from), path.join(doc, to))
  for (const name of ['postfix', 'systemd', 'monitoring', 'cookbook'])
    cpSync(path.join(checkout, 'examples', name), path.join(doc, 'examples', name), { recursive: true })

  mkdirSync(at('DEBIAN'))
  for (const script of ['postinst', 'prerm', 'postrm']) cpSync(path.join(import.meta.dirname, script), at('DEBIAN', script))
  const settings = readdirSync(at('etc', 'postern'), { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
  writeFileSync(at('DEBIAN', 'conffiles'), settings.map((e) => `/${path.relative(stage, path.join(e.parentPath, e.name))}\n`).join(''))
  writeFileSync(at('DEBIAN', 'control'), control())
  execFileSync('chmod', ['-R', 'u+rwX,go+rX,go-w', stage])
  for (const script of ['postinst', 'prerm', 'postrm']) chmodSync(at('DEBIAN', script), 0o755)

  const { version } = manifest()
  const file = path.resolve(values.out, `postern_${version}_${architecture()}.deb`)
  execFileSync('dpkg-deb', ['--root-owner-group', `-Z${values.compress}`, '--build', stage, file], { stdio: ['ignore', 2, 2] })
  process.stdout.write(`${file}\n`)
} finally {
  rmSync(stage, { recursive: true })
}

function manifest(): { readonly version: string; readonly description: string } {
  return JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8')) as { version: string; description: string } // our own file
}

function packed(): string {
  mkdirSync(at('.pack'))
  execFileSync('npm', ['pack', '--pack-destination', at('.pack')], { cwd: checkout, stdio: ['ignore', 2, 2] })
  const [name = ''] = readdirSync(at('.pack'))
  const tarball = path.join(mkdtempSync(path.join(tmpdir(), 'postern-pack-')), name)
  cpSync(at('.pack', name), tarball)
  rmSync(at('.pack'), { recursive: true })
  return tarball
}

function architecture(): string {
  return process.arch === 'arm64' ? 'arm64' : 'amd64'
}

/** The unit of examples/systemd in the places of the package. The socket stays an example: its group is that of the MTA in front. */
function unit(): string {
  return readFileSync(path.join(checkout, 'examples', 'systemd', 'postern.service'), 'utf8')
    .replaceAll('/opt/postern/node_modules', '/usr/lib/postern/node_modules')
    .replaceAll('WorkingDirectory=/opt/postern', 'WorkingDirectory=/usr/lib/postern')
    .replaceAll('file:/opt/postern/README.md', 'file:/usr/share/doc/postern/README.md')
    .replace(' postern.socket', '')
    .replace(/^(Requires|Sockets)=postern\.socket\n/gm, '')
}

function control(): string {
  const { version, description } = manifest()
  const maintainer = `${process.env.DEBFULLNAME ?? 'Postern'} <${process.env.DEBEMAIL ?? 'root@localhost'}>`
  return `Package: postern
Version: ${version}
Architecture: ${architecture()}
Maintainer: ${maintainer}
Section: mail
Priority: optional
Depends: passwd, util-linux, libc6 (>= 2.28), libstdc++6
Recommends: default-mta | mail-transport-agent
Description: ${description.replace(/\.$/, '')}
 Stores every mail before it acknowledges it, threads it into a case, and lets
 agents answer from their own mail clients. Node comes along.
`
}
