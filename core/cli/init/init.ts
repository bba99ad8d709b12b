// `postern init`: writes a configuration from flags and answers, shows what this machine's Postfix needs, and ends with check and doctor.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { shownAs } from '../../base/config/problems.ts'
import { loadChecked } from '../../app/check-plugins.ts'
import { runCheck } from '../config.ts'
import { withDoctor } from '../open-session.ts'
import { foundCommands, scriptOf } from '../postfix/command.ts'
import { readPostfix } from '../postfix/settings.ts'
import type { PostfixOptions } from '../postfix/settings.ts'
import { answer, exit, UsageError } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { answersFrom } from './answers.ts'
import type { Ask, InitFlags } from './answers.ts'
import { configText } from './config-text.ts'

/** Where it asks and what it is told beforehand. */
export interface InitOptions extends InitFlags {
  /** Ask even where the standard input is no terminal. */
  readonly ask?: true
}

/** Never writes over a file. Exit code 0 where the configuration is right, whatever doctor still has to say. */
export async function runInit(target: string, options: InitOptions, postfix: PostfixOptions, terminal: Terminal): Promise<number> {
  const file = shownAs(path.resolve(target))
  if (existsSync(file)) throw new UsageError(`${file} is there already and stays as it is; name another file, or move it away`)
  const known = await readPostfix(postfix).catch(() => undefined)
  const lines = options.ask || (process.stdin.isTTY && !terminal.json) ? asker() : undefined
  try {
    const answers = await answersFrom(options, lines?.ask, {
      host: known?.values.get('myhostname') ?? hostname(),
      postfix: known !== undefined,
    })
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, configText(answers), { flag: 'wx' })
  } finally {
    lines?.close()
  }
  const loaded = await loadChecked(file)
  const script = loaded.ok ? await foundCommands(loaded.config, postfix) : undefined
  if (terminal.json) {
    answer(terminal, { ok: loaded.ok, file, problems: loaded.ok ? [] : loaded.problems, postfix: script ?? null }, () => [])
    return loaded.ok ? exit.ok : exit.config
  }
  terminal.print(`${file} is written.`)
  if (script) {
    terminal.print('')
    terminal.print('For the Postfix of this machine, as root (postern postfix prints these again):')
    terminal.print('')
    for (const line of scriptOf(script)) terminal.print(line)
  }
  terminal.print('')
  const code = await runCheck(file, terminal)
  if (code !== exit.ok) return code
  terminal.print('')
  terminal.print('What doctor sees so far; once the gateway runs (postern start), ask again with: postern doctor')
  terminal.print('')
  await withDoctor(file, terminal, { ...postfix, dns: false })
  return exit.ok
}

/** One line for each question; a standard input that ends is a UsageError. */
function asker(): { readonly ask: NonNullable<Ask>; close(): void } {
  const lines = createInterface({ input: process.stdin })
  const next = lines[Symbol.asyncIterator]()
  return {
    async ask(question) {
      process.stdout.write(question)
      const line = await next.next()
      if (line.done) throw new UsageError('the answers ended before the questions')
      return line.value
    },
    close: () => lines.close(),
  }
}
