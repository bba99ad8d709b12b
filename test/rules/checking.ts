// Checks rule and template files as `postern check` does, with one line for each thing that is wrong or doubtful.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadChecked } from '../../core/app/check-plugins.ts'

const config = `
mailboxes: { support: { address: support@example.test, notify: [anna] }, sales: { address: sales@example.test, notify: [anna] } }
agents: { anna: { name: Anna, email: anna@agents.test }, boris: { name: Boris, email: boris@agents.test } }
groups: { team: { members: [anna, boris] } }
plugins:
  - desk
  - threading
  - bounces
  - scheduler
  - merging
  - rules: { hours: { default: { mon: 09:00-17:00 } } }
`

/** Lines as an admin sees them, the folder cut off; warnings end in `(warning)`. */
export async function linesFor(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-broken-'))
  try {
    for (const [name, text] of Object.entries({ 'templates/receipt.yaml': 'text: Hello', 'postern.yaml': config, ...files })) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
      writeFileSync(path.join(folder, name), text)
    }
    const loaded = await loadChecked(path.join(folder, 'postern.yaml'))
    const problems = loaded.ok
      ? loaded.warnings
          .filter((w) => !w.file.endsWith('postern.yaml') || files['postern.yaml'] !== undefined)
          .map((w) => ({ ...w, message: `${w.message} (warning)` }))
      : loaded.problems
    return problems.map((p) =>
      `${path.relative(folder, path.resolve(p.file))}:${p.line}:${p.column}: ${p.message}`.replaceAll(folder + path.sep, ''),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
