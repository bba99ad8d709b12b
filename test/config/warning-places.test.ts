import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { loadChecked } from '../../core/app/check-plugins.ts'
import { formatProblem } from '../../core/base/config/problems.ts'

test('what plugins doubt once all are set up has its line and column, also where the plugin has no settings', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-places-'))
  try {
    const file = path.join(folder, 'postern.yaml')
    const places = async (plugins: string): Promise<readonly string[]> => {
      writeFileSync(
        file,
        `mailboxes: { support: { address: a@example.com, notify: [anna] } }\nagents: { anna: { name: A, email: b@example.com } }\nplugins:\n${plugins}`,
      )
      const loaded = await loadChecked(file)
      return loaded.ok ? loaded.warnings.map((w) => formatProblem(w).replace(`${file}:`, '').split(': ').slice(0, 2).join(' ')) : ['wrong']
    }
    expect(await places('  - desk\n  - threading\n  - agent-reply\n')).toEqual(['6:5 plugins[2].agent-reply.authentication'])
    expect(await places('  - desk\n  - threading\n  - agent-reply:\n      unknown: hold\n      authentication: token\n')).toEqual([
      '8:23 plugins[2].agent-reply.authentication',
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
